/** One stop for the Tab key in the whole grid; arrows lead from booking to booking. */

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** What lies straight ahead goes before what is nearer, but aside. */
const ASIDE = 3;

export function letOneBeFocused(frame: HTMLElement | null): void {
  const entries = entriesIn(frame);
  if (!entries.some(entry => entry.tabIndex === 0)) {
    entries[0]?.setAttribute('tabindex', '0');
  }
}

/**
 * The library says that its parts are a table's, but its bookings lie over the cells, in none of them. What is heard
 * of a booking says its day and employee.
 */
export function takeRolesAway(frame: HTMLElement | null): void {
  const parts = '[role=table], [role=rowgroup], [role=row], [role=cell], [role=columnheader], .ec-sidebar';
  for (const part of frame?.querySelectorAll(parts) ?? []) {
    part.setAttribute('role', 'none');
    part.removeAttribute('aria-colindex');
    part.removeAttribute('aria-colspan');
  }
}

/** Go to the next booking in the direction of an arrow. */
export function focusNext(frame: HTMLElement | null, event: KeyboardEvent): void {
  const [arrow, from] = [ARROWS[event.key], event.target];
  if (!arrow || !(from instanceof HTMLElement) || !from.matches('[data-entry]')) {
    return;
  }
  event.preventDefault();
  const here = middle(from);
  let [next, least]: [HTMLElement | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const entry of entriesIn(frame)) {
    const there = middle(entry);
    const [right, down] = [there.x - here.x, there.y - here.y];
    const ahead = right * arrow[0] + down * arrow[1];
    const distance = ahead + ASIDE * Math.abs(right * arrow[1] + down * arrow[0]);
    if (entry !== from && ahead > 1 && distance < least) {
      [next, least] = [entry, distance];
    }
  }
  if (next) {
    from.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

function entriesIn(frame: HTMLElement | null): HTMLElement[] {
  return [...(frame?.querySelectorAll<HTMLElement>('[data-entry]') ?? [])];
}

function middle(element: HTMLElement): { x: number; y: number } {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}
