/** Making elements. Everything shown goes in as text, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, unknown>} [given] `class`, `on` (listeners by event), `data` (data attributes), `style` (custom
 *     properties and others), other names are attributes; false, null and undefined leave one out, true is an empty one
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === 'on') {
      for (const [event, listener] of Object.entries(/** @type {Record<string, EventListener>} */ (value))) {
        element.addEventListener(event, listener);
      }
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else if (name === 'style') {
      for (const [property, text] of Object.entries(/** @type {Record<string, string>} */ (value))) {
        element.style.setProperty(property, text);
      }
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter((child) => child || child === 0).map((child) => asNode(child)));
  return element;
}

/**
 * One of the page's symbols.
 * @param {string} name
 * @param {string} [label] what it says to those who cannot see it
 * @returns {SVGElement}
 */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `icon i-${name}`);
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * The element with that id, which the page has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Bring the children of an element into an order; those that are not named go. Elements that stand right stay untouched.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
export function arrange(parent, wanted) {
  let place = parent.firstElementChild;
  for (const element of wanted) {
    if (element === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(element, place);
    }
  }
  while (place) {
    const next = place.nextElementSibling;
    place.remove();
    place = next;
  }
}

/** @param {unknown} child */
function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}
