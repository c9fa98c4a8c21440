/** A booking and its deal belong together: what points at one shows the other. */

/**
 * Tie an element to a booking; 0 ties it to none.
 * @param {HTMLElement} element
 * @param {number} booking
 */
export function link(element, booking) {
  if (booking) {
    element.dataset.pair = String(booking);
  } else {
    delete element.dataset.pair;
  }
}

/** Light up both sides of a pair while one of them is pointed at or has the focus. */
export function showPairs() {
  for (const event of ['pointerover', 'focusin']) {
    document.addEventListener(event, (happened) => light(pairOf(happened.target)));
  }
  document.addEventListener('pointerleave', () => light(null));
}

/**
 * @param {EventTarget | null} target
 * @returns {string | null}
 */
function pairOf(target) {
  const element = target instanceof Element ? target.closest('[data-pair]') : null;
  return element instanceof HTMLElement ? (element.dataset.pair ?? null) : null;
}

/** @param {string | null} pair */
function light(pair) {
  for (const lit of document.querySelectorAll('.lit')) {
    if (!(lit instanceof HTMLElement) || lit.dataset.pair !== pair) {
      lit.classList.remove('lit');
    }
  }
  if (pair) {
    document.querySelectorAll(`[data-pair="${CSS.escape(pair)}"]`).forEach((one) => one.classList.add('lit'));
  }
}
