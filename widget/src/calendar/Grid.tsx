import {
  type Calendar,
  createCalendar,
  destroyCalendar,
  Interaction,
  ResourceTimeGrid,
  TimeGrid,
} from '@event-calendar/core';
import '@event-calendar/core/index.css';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useFormat } from '../format/format';
import { useSay } from '../texts/texts';
import { dataDrawn } from './drawing';
import { type Column, columnOf, type Drawing, type Entry } from './entries';
import { contentOf, type Words } from './entryContent';
import { changesOf, type GridEvent, gridEventsOf, lookOf } from './gridEvents';
import { focusNext, letOneBeFocused, takeRolesAway } from './gridFocus';
import type { View } from './range';
import './Grid.css';

/** What a drag changes about a booking. */
export interface Dragged {
  startsAt?: string;
  length?: number;
  column?: string;
}

export interface EmptyPlace {
  startsAt: string;
  column: string | null;
}

interface Props {
  view: View;
  day: string;
  drawing: Drawing;
  /** Ids of entries that are on their way. */
  moving: ReadonlySet<string>;
  /** The offset of the locations' clock, as `+02:00`; null where they have several: no line shows the present then. */
  offset: string | null;
  weekStart: number;
  /** Something to tell columns apart where there are several locations. */
  placeOf(column: Column): string;
  currencyOf(location: number): string | undefined;
  onOpen(entry: Entry): void;
  onPick(place: EmptyPlace): void;
  onDrag(entry: Entry, dragged: Dragged): void;
}

const VIEWS: Record<View, string> = { day: 'resourceTimeGridDay', week: 'timeGridWeek', team: 'resourceTimeGridWeek' };
const QUARTER = '00:15:00';
/** Narrower ones cannot be read: the calendar is moved sideways instead. */
const COLUMN_PX = { day: 148, week: 148, team: 132 } satisfies Record<View, number>;
/** A day of a week in which bookings stand side by side grows with them, up to a width of which two are seen. */
const BESIDE_PX = 72;
const WIDEST_PX = 504;

/**
 * The calendar's library in a component. It draws what has changed, and nothing else; all words are ours.
 *
 * The library reckons in the browser's clock what is a location's wall clock here. Only its fields are used.
 */
export default function Grid(props: Props) {
  const [say, format] = [useSay(), useFormat()];
  const frame = useRef<HTMLDivElement>(null);
  const calendar = useRef<Calendar | null>(null);
  const told = useRef(new Map<string, string>());
  /** Something is being dragged: what comes meanwhile is drawn when it is let go. */
  const [isHeld, setHeld] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  const words = useRef<Words>(null as unknown as Words);
  words.current = { say, format, currencyOf: props.currencyOf, isEmployeeNamed: props.view === 'week' };

  // biome-ignore lint/correctness/useExhaustiveDependencies: what changes later is told to the library as it changes
  useLayoutEffect(() => {
    const target = frame.current;
    if (!target) {
      return undefined;
    }
    const made = createCalendar(target, [TimeGrid, ResourceTimeGrid, Interaction], {
      ...shownOptions(props),
      ...handlers(latest, words, setHeld),
      locale: format.locale,
      headerToolbar: { start: '', center: '', end: '' },
      height: '100%',
      allDaySlot: false,
      slotDuration: '00:30:00',
      snapDuration: QUARTER,
      slotHeight: 38,
      slotEventOverlap: false,
      nowIndicator: props.offset !== null,
      timeZone: props.offset ?? 'UTC',
      eventLongPressDelay: 400,
      // We write times ourselves. What the library would write takes a fifth of all that drawing takes.
      eventTimeFormat: () => '',
      slotLabelFormat: time => format.time(wallClockOf(time)),
      dayHeaderFormat: day => format.day(wallClockOf(day)),
      resourceLabelContent: ({ resource }) => ({ domNodes: labelNodes(latest.current, resource.id) }),
    });
    calendar.current = made;
    told.current = new Map();
    return () => {
      calendar.current = null;
      void destroyCalendar(made);
    };
  }, [props.offset, format, say]);

  const range = `${props.view} ${props.day}`;
  const drawnRange = useRef('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a calendar that was made anew (offset, texts) knows nothing
  useLayoutEffect(() => {
    const now = calendar.current;
    if (!now || isHeld) {
      return;
    }
    const isNew = drawnRange.current !== range || told.current.size === 0;
    const events = gridEventsOf(props.drawing, props.view, props.moving);
    for (const [name, value] of Object.entries(shownOptions(props))) {
      const option = name as keyof Calendar.Options;
      if (JSON.stringify(now.getOption(option)) !== JSON.stringify(value)) {
        now.setOption(option, value);
      }
    }
    tell(now, events, told.current, isNew);
    drawnRange.current = range;
    told.current = new Map(events.map(event => [event.id, lookOf(event)]));
    // The library draws in a microtask of its own.
    queueMicrotask(() => {
      takeRolesAway(frame.current);
      letOneBeFocused(frame.current);
      if (isNew && props.view !== 'day') {
        showToday(frame.current);
      }
      dataDrawn(props.drawing.entries.length);
    });
  }, [props.drawing, props.moving, range, props.offset, format, say, isHeld]);

  useEffect(() => {
    const scrolled = frame.current?.querySelector('.ec-main');
    scrolled?.setAttribute('tabindex', '0');
    scrolled?.setAttribute('aria-label', say('calendar.title'));
  }, [say]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that its buttons do not take
    <div
      ref={frame}
      className={`calendar-grid calendar-grid-${props.view}`}
      data-scrolls
      onKeyDown={event => focusNext(frame.current, event.nativeEvent)}
    />
  );
}

/** The options that say what is shown. */
function shownOptions({ view, day, drawing, weekStart }: Props): Calendar.Options {
  const beside = view === 'week' ? Math.min(WIDEST_PX, mostBeside(drawing.entries) * BESIDE_PX) : 0;
  const width = Math.max(COLUMN_PX[view], beside);
  return {
    view: VIEWS[view],
    date: day,
    firstDay: (weekStart % 7) as Calendar.Options['firstDay'],
    datesAboveResources: view === 'team',
    scrollTime: drawing.opens * 3600,
    resources: drawing.columns.map(({ id, name }) => ({ id, title: name })),
    slotMinTime: `${drawing.from}:00:00`,
    slotMaxTime: `${drawing.until}:00:00`,
    columnWidth: `minmax(${width}px, 1fr)`,
  };
}

/** Move a week that is wider than its place to the present day, or to its first one. */
function showToday(frame: HTMLElement | null): void {
  const [main, today] = [frame?.querySelector('.ec-main'), frame?.querySelector('.ec-day.ec-today')];
  const sidebar = frame?.querySelector('.ec-sidebar')?.getBoundingClientRect().right ?? 0;
  if (main) {
    main.scrollLeft = today ? main.scrollLeft + today.getBoundingClientRect().left - sidebar : 0;
  }
}

function tell(now: Calendar, events: GridEvent[], before: ReadonlyMap<string, string>, isAllNew: boolean): void {
  if (isAllNew) {
    now.setOption('events', events);
    return;
  }
  const { added, changed, gone } = changesOf(before, events);
  for (const id of gone) {
    now.removeEventById(id);
  }
  for (const event of changed) {
    now.updateEvent(event);
  }
  for (const event of added) {
    now.addEvent(event);
  }
}

function handlers(
  latest: { readonly current: Props },
  words: { readonly current: Words },
  setHeld: (isHeld: boolean) => void,
): Calendar.Options {
  const hold = () => setHeld(true);
  const letGo = () => setHeld(false);
  const entryOf = (event: Calendar.Event) => event.extendedProps.entry as Entry | undefined;
  return {
    eventContent: ({ event }) => {
      const entry = entryOf(event);
      const nodes = entry ? contentOf(entry, wallClockOf(event.start), wallClockOf(event.end), words.current) : [];
      return { domNodes: nodes };
    },
    eventDidMount: ({ el, event }) => {
      const entry = entryOf(event);
      if (entry) {
        el.dataset.entry = entry.id;
        el.dataset.clips = '';
        el.tabIndex = -1;
      }
    },
    eventClick: ({ event }) => {
      const entry = entryOf(event);
      if (entry) {
        latest.current.onOpen(entry);
      }
    },
    dateClick: ({ date, resource }) =>
      latest.current.onPick({ startsAt: wallClockOf(date), column: resource?.id ?? null }),
    eventDragStart: hold,
    eventDragStop: letGo,
    eventResizeStart: hold,
    eventResizeStop: letGo,
    // A booking stays at its location, and with somebody.
    dragConstraint: ({ newResource, event }) => {
      const [from, to] = [entryOf(event)?.column ?? '', newResource?.id];
      return !to || (columnOf(to).location === columnOf(from).location && columnOf(to).employee !== 0);
    },
    eventDrop: ({ event, newResource }) => {
      const entry = entryOf(event);
      if (entry) {
        const startsAt = wallClockOf(event.start);
        latest.current.onDrag(entry, {
          ...(startsAt === entry.start ? {} : { startsAt }),
          ...(newResource ? { column: newResource.id } : {}),
        });
      }
    },
    eventResize: ({ event }) => {
      const entry = entryOf(event);
      if (entry) {
        latest.current.onDrag(entry, { length: (event.end.getTime() - event.start.getTime()) / 1000 });
      }
    },
  };
}

/** A date of the library's, whose fields are a wall clock. */
function wallClockOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:00`;
}

function labelNodes({ drawing, placeOf }: Props, id: string): Node[] {
  const column = drawing.columns.find(one => one.id === id);
  if (!column) {
    return [];
  }
  const name = document.createElement('span');
  name.className = 'calendar-column-name';
  name.textContent = column.name;
  const place = document.createElement('span');
  place.className = 'calendar-column-place';
  place.textContent = placeOf(column);
  return place.textContent ? [name, place] : [name];
}

/** How many bookings stand side by side at the most. */
function mostBeside(entries: readonly Entry[]): number {
  const marks = entries.flatMap(({ start, end }) => [`${end} -`, `${start} +`]).sort();
  let [count, most] = [0, 1];
  for (const mark of marks) {
    count += mark.endsWith('+') ? 1 : -1;
    most = Math.max(most, count);
  }
  return most;
}
