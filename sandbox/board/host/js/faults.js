/** Says on the console and on the page what a widget did that Kommo's contract does not allow. */

/**
 * @param {string} text
 * @param {unknown} [cause]
 */
export function fault(text, cause) {
  console.error(`Kommo host: ${text}`, ...(cause === undefined ? [] : [cause]));
  const line = document.createElement('li');
  line.textContent = text;
  document.getElementById('faults')?.append(line);
}

/**
 * An object that can only be read; what is written to it is a fault.
 * @template {object} T
 * @param {T} target
 * @param {string} name
 * @returns {T}
 */
export function readOnly(target, name) {
  const refuse = (/** @type {unknown} */ _, /** @type {string | symbol} */ key) => {
    fault(`${name}.${String(key)} was written to; ${name} is only read`);
    return false;
  };
  return new Proxy(target, { set: refuse, defineProperty: refuse, deleteProperty: refuse });
}

for (const name of ['alert', 'confirm', 'prompt']) {
  // Not allowed to widgets.
  Object.defineProperty(window, name, { value: () => fault(`${name}() was called`) });
}
