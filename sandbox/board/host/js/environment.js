/** `APP`, Kommo's global, as far as the contract knows it; and where on Kommo's pages the browser is. */

import { fault, readOnly } from './faults.js';
import { language, session } from './session.js';

/**
 * Where the browser is. `area` is the widget's word for it (`lcard`), `page` is Kommo's own (`leads_card`); `card` is
 * the id of the open card, 0 on a new one, null when none is open.
 * @type {{area: string, page: string, entity: string, card: number | null}}
 */
export const place = { area: '', page: '', entity: '', card: null };

const CONSTANTS = {
  account: session.account,
  user: { id: session.user.id, name: session.user.name, lang: session.user.lang },
  user_rights: session.rights,
  managers: Object.fromEntries(session.users.map((one) => [one.id, { id: one.id, title: one.name }])),
  groups: Object.fromEntries(session.groups.map((one) => [one.id, one.name])),
  task_types: Object.fromEntries(session.taskTypes.map((one) => [one.id, one])),
};

const data = {
  get current_card() {
    return place.card === null ? false : readOnly({ id: place.card }, 'APP.data.current_card');
  },
};

const APP = {
  lang_id: language,
  data: readOnly(data, 'APP.data'),
  isCard: () => place.card !== null,
  getBaseEntity: () => place.entity,
  getWidgetsArea: () => place.page,
  /** @param {string} key */
  constant(key) {
    if (!Object.hasOwn(CONSTANTS, key)) {
      fault(`APP.constant('${key}') is not known`);
      return false;
    }
    return structuredClone(CONSTANTS[/** @type {keyof typeof CONSTANTS} */ (key)]);
  },
};

Object.defineProperty(window, 'APP', { value: readOnly(APP, 'APP') });
