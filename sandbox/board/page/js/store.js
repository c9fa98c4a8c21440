/** What the page knows, by topic, kept up to date by the server's stream of differences. */

/** @typedef {Record<string, {set: Record<string, unknown>, gone: string[]}>} Changes */

/** @type {Map<string, Map<string, any>>} */
const topics = new Map();
/** @type {{topics: string[], listener: () => void}[]} */
const listeners = [];
/** @type {EventSource | null} */
let source = null;

/**
 * One value.
 * @param {string} topic
 * @param {string} key
 * @returns {any}
 */
export function value(topic, key) {
  return topics.get(topic)?.get(key);
}

/**
 * All values of a topic by key.
 * @param {string} topic
 * @returns {Map<string, any>}
 */
export function all(topic) {
  return topics.get(topic) ?? new Map();
}

/**
 * Call back after each change to one of these topics.
 * @param {string[]} wanted
 * @param {() => void} listener
 */
export function onChange(wanted, listener) {
  listeners.push({ topics: wanted, listener });
}

/**
 * Follow everything, with a location's day; ends what was followed before.
 * @param {number | null} location null: the first one
 * @param {string} day empty: today
 */
export function follow(location, day) {
  source?.close();
  const query = new URLSearchParams(location ? { location: String(location), day } : { day });
  const opened = new EventSource(`/changes?${query}`);
  source = opened;
  /** The topics that this connection has already told of; others are told of as a whole. @type {Set<string>} */
  let told = new Set();
  opened.addEventListener('open', () => {
    told = new Set();
    setConnected(true);
  });
  opened.addEventListener('error', () => setConnected(false));
  opened.addEventListener('message', (message) => {
    const changes = /** @type {Changes} */ (JSON.parse(message.data));
    for (const [topic, { set, gone }] of Object.entries(changes)) {
      const values = told.has(topic) ? (topics.get(topic) ?? new Map()) : new Map();
      told.add(topic);
      topics.set(topic, values);
      gone.forEach((key) => values.delete(key));
      Object.entries(set).forEach(([key, one]) => values.set(key, one));
    }
    tell(Object.keys(changes));
  });
}

/** @param {boolean} connected */
function setConnected(connected) {
  topics.set('connection', new Map([['connected', connected]]));
  tell(['connection']);
}

/** @param {string[]} changed */
function tell(changed) {
  for (const { topics: wanted, listener } of listeners) {
    if (wanted.some((topic) => changed.includes(topic))) {
      listener();
    }
  }
}
