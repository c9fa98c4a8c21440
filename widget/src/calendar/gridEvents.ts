/** What the calendar's library is told: its events, and which of them have changed since it was told last. */

import type { Calendar } from '@event-calendar/core';
import { commonOff, type Drawing, type Entry } from './entries';
import type { View } from './range';

export interface GridEvent extends Calendar.EventInput {
  id: string;
  start: string;
  end: string;
  resourceIds: string[];
  extendedProps: { entry?: Entry };
}

/** `moving` are ids of entries that are on their way: they stay where they are until that is known. */
export function gridEventsOf(drawing: Drawing, view: View, moving: ReadonlySet<string>): GridEvent[] {
  const off =
    view === 'week'
      ? commonOff(drawing.off, drawing.columns).map(span => ({ ...span, column: '' }))
      : drawing.off.map(span => ({ ...span }));
  return [
    ...drawing.entries.map(entry => eventOf(entry, moving.has(entry.id))),
    ...off.map(({ column, start, end }) => ({
      id: `off/${column}/${start}`,
      start,
      end,
      resourceIds: column ? [column] : [],
      display: 'background' as const,
      classNames: ['calendar-off'],
      extendedProps: {},
    })),
  ];
}

export interface Changes {
  added: GridEvent[];
  changed: GridEvent[];
  gone: string[];
}

/** What is different, so that nothing else is drawn anew. */
export function changesOf(before: ReadonlyMap<string, string>, events: readonly GridEvent[]): Changes {
  const changes: Changes = { added: [], changed: [], gone: [] };
  const left = new Set(before.keys());
  for (const event of events) {
    const known = before.get(event.id);
    left.delete(event.id);
    if (known === undefined) {
      changes.added.push(event);
    } else if (known !== lookOf(event)) {
      changes.changed.push(event);
    }
  }
  changes.gone = [...left];
  return changes;
}

/** All that an event's look depends on. */
export function lookOf(event: GridEvent): string {
  return JSON.stringify(event);
}

function eventOf(entry: Entry, isMoving: boolean): GridEvent {
  const { booking, event } = entry;
  const colour = booking?.colour || event?.colour;
  const isFixed = !booking || booking.is_locked || booking.status === 'cancelled' || isMoving;
  return {
    id: entry.id,
    start: entry.start,
    end: entry.end,
    resourceIds: [entry.column],
    startEditable: !isFixed,
    durationEditable: !isFixed,
    classNames: [
      'calendar-entry',
      booking ? `calendar-status-${booking.status}` : 'calendar-event',
      ...(isMoving ? ['calendar-moving'] : []),
    ],
    styles: colour ? [`--calendar-colour: #${colour}`] : [],
    extendedProps: { entry },
  };
}
