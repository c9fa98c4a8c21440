/** Arrow keys in a field of buttons that the browser takes for a row: up and down lead to what is seen there. */

import type { KeyboardEvent } from 'react';

/** Of the radio buttons inside, go to the nearest one above or below. Left and right are the browser's own. */
export function moveVertically(event: KeyboardEvent<HTMLElement>): void {
  const down = event.key === 'ArrowDown';
  if (!down && event.key !== 'ArrowUp') {
    return;
  }
  const from = event.target;
  if (!(from instanceof HTMLInputElement) || from.type !== 'radio') {
    return;
  }
  event.preventDefault();
  const here = from.parentElement?.getBoundingClientRect();
  let best: { input: HTMLInputElement; distance: number } | undefined;
  for (const input of event.currentTarget.querySelectorAll<HTMLInputElement>('input[type=radio]:not(:disabled)')) {
    const there = input.parentElement?.getBoundingClientRect();
    if (!here || !there || (down ? there.top < here.bottom : there.bottom > here.top)) {
      continue;
    }
    const distance = Math.abs(there.top - here.top) + 4 * Math.abs(there.left - here.left);
    if (!best || distance < best.distance) {
      best = { input, distance };
    }
  }
  best?.input.focus();
  best?.input.click();
}
