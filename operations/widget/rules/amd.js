/**
 * Loads an archive's scripts as Kommo's page does, with nothing around them but `define`: what a script does before it
 * is asked to, and what script.js gives back, shows itself here. Reads {name: text}, writes {name: what was found}.
 */

'use strict';

const vm = require('node:vm');

const TIMEOUT = 2000;

function load(name, text) {
  const found = { error: null, dependencies: [], factory: null };
  let defined = 0;
  const define = (...given) => {
    defined += 1;
    found.factory = given.pop();
    found.dependencies = given.flat().map(String);
  };
  define.amd = {};
  try {
    new vm.Script(text, { filename: name }).runInNewContext({ define }, { timeout: TIMEOUT });
  } catch (error) {
    return { ...found, error: String(error) };
  }
  if (defined !== 1 || typeof found.factory !== 'function') {
    return { ...found, error: 'it does not call define once, with a function' };
  }
  return found;
}

/** Stands in for any module: whatever is read of it or done with it gives another one. */
function anything() {
  const one = new Proxy(function () {}, {
    get: (_target, key) => (key === Symbol.toPrimitive ? () => '' : one),
    apply: () => one,
    construct: () => one,
  });
  return one;
}

function construct(factory, dependencies) {
  try {
    const Widget = factory(...dependencies.map(anything));
    if (typeof Widget !== 'function') {
      return { error: 'it gives no constructor back', callbacks: {} };
    }
    const callbacks = new Widget().callbacks ?? {};
    return { error: null, callbacks: Object.fromEntries(Object.keys(callbacks).map(key => [key, typeof callbacks[key]])) };
  } catch (error) {
    return { error: `its constructor fails: ${error}`, callbacks: {} };
  }
}

const scripts = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const answer = {};
for (const [name, text] of Object.entries(scripts)) {
  const { factory, ...found } = load(name, text);
  answer[name] = found;
  if (name === 'script.js' && !found.error) {
    answer[name].widget = construct(factory, found.dependencies);
  }
}
process.stdout.write(JSON.stringify(answer));
