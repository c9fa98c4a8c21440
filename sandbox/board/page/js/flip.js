/** Letting things slide to their new places (first, last, invert, play). */

/** More than these at once are not shown one by one: sliding, and coming up. */
const MOST = 80;
const MOST_FRESH = 12;
const MILLISECONDS = 420;
const EASING = 'cubic-bezier(.2, .7, .2, 1)';
const SHINE_MS = 1800;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
/** The slides under way. @type {Map<Element, Animation>} */
const underWay = new Map();

/**
 * Change something, and let the elements that are elsewhere afterwards slide there.
 * @param {HTMLElement} scroller what scrolls them: what was outside of it before and after does not slide
 * @param {string} selector finds the elements
 * @param {() => void} change
 */
export function sliding(scroller, selector, change) {
  if (calm.matches || document.hidden) {
    change();
    return;
  }
  /** @type {Map<Element, DOMRect>} */
  const before = new Map();
  for (const element of scroller.querySelectorAll(selector)) {
    before.set(element, element.getBoundingClientRect());
  }
  // From where they are seen now, they go on to where they belong in the end.
  underWay.forEach((animation) => animation.cancel());
  underWay.clear();
  change();
  const frame = scroller.getBoundingClientRect();
  /** @type {{element: HTMLElement, dx: number, dy: number}[]} */
  const moved = [];
  /** @type {Element[]} */
  const fresh = [];
  for (const element of scroller.querySelectorAll(selector)) {
    const after = element.getBoundingClientRect();
    const from = before.get(element);
    if (!from) {
      fresh.push(element);
    } else if ((touches(from, frame) || touches(after, frame)) && (from.x !== after.x || from.y !== after.y)) {
      moved.push({ element: /** @type {HTMLElement} */ (element), dx: from.x - after.x, dy: from.y - after.y });
    }
  }
  if (moved.length <= MOST) {
    moved.forEach(slide);
  }
  if (before.size && fresh.length <= MOST_FRESH) {
    fresh.forEach(appear);
  }
}

/** @param {{element: HTMLElement, dx: number, dy: number}} move */
function slide({ element, dx, dy }) {
  const far = Math.abs(dx) > 1;
  const lift = far ? { zIndex: 3 } : {};
  const way = [{ transform: `translate(${dx}px, ${dy}px)`, ...lift }, { transform: 'none', ...lift }];
  const animation = element.animate(way, { duration: far ? MILLISECONDS * 1.4 : MILLISECONDS, easing: EASING });
  underWay.set(element, animation);
  animation.addEventListener('finish', () => underWay.delete(element));
  if (far) {
    mark(element);
  }
}

/** @param {Element} element */
function appear(element) {
  element.animate([{ opacity: 0, transform: 'scale(.92)' }, { opacity: 1, transform: 'none' }], {
    duration: MILLISECONDS,
    easing: EASING,
  });
  mark(element);
}

/**
 * Let an element shine for a moment.
 * @param {Element} element
 */
export function mark(element) {
  const shine = [{ boxShadow: '0 0 0 3px var(--shine)' }, { boxShadow: '0 0 0 3px transparent' }];
  element.animate(shine, { duration: SHINE_MS, easing: 'ease-in' });
}

/**
 * @param {DOMRect} one
 * @param {DOMRect} other
 */
function touches(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
