/** Running the widget as Kommo does: its script, its callbacks and their order. */

import { place } from './environment.js';
import { fault } from './faults.js';
import { methodsOf, stage } from './methods.js';
import { load } from './modules.js';
import { session } from './session.js';

const MANDATORY = ['render', 'init', 'bind_actions'];

/** The widget on this page, made when it is first needed. @type {any} */
let instance = null;
/** Whether its `init` and `bind_actions` have run on this page. */
let wasInitialised = false;
/** Whether it runs in the present area. */
let isRunning = false;
/** Counts areas, so that a script that arrives late starts nothing in the next one. */
let visit = 0;

/**
 * Where a widget runs, by its manifest, and whether it may use the right panel there.
 * @param {string} area
 * @returns {{panel: boolean} | null}
 */
export function locationOf(area) {
  for (const given of session.widget?.manifest.locations ?? []) {
    const [, name, suffix] = /^(.*?)(?:-([01]))?$/.exec(given) ?? [];
    if (name === area || name === 'everywhere') {
      return { panel: name !== 'everywhere' && suffix !== '0' };
    }
  }
  return null;
}

/**
 * Enter an area: start the widget where its manifest says so.
 * @param {HTMLElement | null} panels where right panels are drawn
 * @param {boolean} [evenUninstalled] as the settings of a widget do that is not installed yet
 * @returns {Promise<boolean>} whether the widget runs
 */
export async function start(panels, evenUninstalled = false) {
  const here = visit;
  const found = locationOf(place.area);
  const widget = session.widget;
  if (!widget || !found || isRunning || !(widget.isActive || evenUninstalled)) {
    return isRunning;
  }
  stage.panels = found.panel ? panels : null;
  instance ??= await make(widget);
  if (!instance || here !== visit) {
    return false;
  }
  isRunning = true;
  // Without `render` the others never run.
  if (call('render') !== true) {
    return false;
  }
  if (!(wasInitialised && widget.manifest.widget.init_once)) {
    wasInitialised = true;
    call('init');
    call('bind_actions');
  }
  return true;
}

/** Leave the area. */
export function stop() {
  visit += 1;
  if (isRunning) {
    isRunning = false;
    call('destroy');
  }
  stage.panels = null;
  stage.actions.clear();
  stage.selected = () => [];
}

/** The widget was disabled: Kommo saves, then ends it. */
export async function disable() {
  await callOnSave();
  isRunning = false;
  call('destroy');
}

/**
 * Call one of the widget's callbacks; `leads.selected` is one inside another.
 * @param {string} name
 * @param {...unknown} given
 */
export function call(name, ...given) {
  const path = name.split('.');
  const callback = path.reduce((found, key) => found?.[key], instance?.callbacks);
  if (typeof callback !== 'function') {
    return undefined;
  }
  try {
    return callback(...given);
  } catch (error) {
    fault(`${name}() failed`, error);
    return undefined;
  }
}

/**
 * Whether the widget has a callback.
 * @param {string} name
 */
export function has(name) {
  return typeof name.split('.').reduce((found, key) => found?.[key], instance?.callbacks) === 'function';
}

/** Whether the widget lets its settings be saved. */
export async function callOnSave() {
  const said = call('onSave');
  if (said !== true && !(said instanceof Promise) && typeof said?.then !== 'function') {
    fault('onSave() gave neither true nor a promise');
    return false;
  }
  try {
    await said;
    return true;
  } catch (error) {
    console.debug('Kommo host: onSave() refused', error);
    return false;
  }
}

/**
 * Load a widget's script and make the widget.
 * @param {import('./session.js').Widget} widget
 */
async function make(widget) {
  const script = `${stage.path}/script.js?v=${widget.manifest.widget.version}`;
  let Constructor, $;
  try {
    [Constructor, $] = await load([script, 'jquery']);
  } catch (error) {
    fault(`${script} could not be loaded`, error);
    return null;
  }
  if (typeof Constructor !== 'function') {
    fault('script.js gave no constructor');
    return null;
  }
  try {
    const made = new Constructor();
    Object.defineProperties(made, Object.getOwnPropertyDescriptors(methodsOf(widget, $)));
    const wanted = [...MANDATORY, ...(widget.manifest.widget.installation ? ['onSave'] : [])];
    const missing = wanted.filter((name) => typeof made.callbacks?.[name] !== 'function');
    if (missing.length) {
      fault(`script.js lacks the mandatory callbacks ${missing.join(', ')}`);
      return null;
    }
    return made;
  } catch (error) {
    fault('the constructor of script.js failed', error);
    return null;
  }
}
