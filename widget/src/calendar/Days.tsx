import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { titleOf } from '../api/locations';
import type { Location } from '../api/schema';
import type { At } from '../booking/BookingWindow';
import { Failure } from '../components/Failure';
import { Choice } from '../components/Field';
import { Skeleton } from '../components/Skeleton';
import { useFormat, wallClockIn } from '../format/format';
import { loginWanted, OwnLogin } from '../login/OwnLogin';
import { useSay } from '../texts/texts';
import { BookHere } from './BookHere';
import { Drawer } from './Drawer';
import { type Column, columnId, columnOf, type Drawing, type Entry } from './entries';
import { FilterBar } from './FilterBar';
import { type Filters, locationsOf, useFilters } from './filters';
import Grid, { type EmptyPlace } from './Grid';
import { useMoves } from './moves';
import { Outcome } from './Outcome';
import { Remarks } from './Remarks';
import { offsetOf, rangeOf, step, weekStartOf } from './range';
import { useBookings } from './reading';
import { Toolbar } from './Toolbar';
import { useDrawing } from './useDrawing';
import { useWidth } from './width';
import './Calendar.css';

/** Below this one employee's day is shown at a time. */
const NARROW_PX = 700;

/** Some days of some locations, and all that can be done in them. */
export function Days({ locations }: { locations: readonly Location[] }) {
  const [say, format, queries] = [useSay(), useFormat(), useQueryClient()];
  const [filters, change] = useFilters();
  const [frame, width] = useWidth();
  const isNarrow = width > 0 && width <= NARROW_PX;
  const shown = useShown(locations, filters);
  const zone = shown[0]?.timezone ?? 'UTC';
  const isOneZone = shown.every(location => location.timezone === zone);
  const [day, setDay] = useState(() => wallClockIn(zone).slice(0, 10));
  const weekStart = useMemo(() => weekStartOf(format.locale), [format]);
  const view = isNarrow ? 'day' : filters.view;
  const { first, last } = rangeOf(view, day, weekStart);
  const range = useMemo(() => ({ first, last }), [first, last]);

  const read = useBookings(
    { locations: shown.map(one => one.id), isCancelledShown: filters.statuses.includes('cancelled') },
    range,
    ([1, -1] as const).map(direction => rangeOf(view, step(view, day, direction), weekStart)),
  );
  const moves = useMoves();
  const used = useMemo(() => (isNarrow ? { ...filters, employees: [] } : filters), [filters, isNarrow]);
  const drawn = useDrawing({ read, locations: shown, range, weekStart, filters: used });
  const { drawing: whole, mine, count, isFirst } = drawn;
  const [narrowColumn, setNarrowColumn] = useState<string | null>(null);
  const one = whole.columns.find(column => column.id === narrowColumn) ?? whole.columns[0];
  const drawing = useMemo(() => (isNarrow && one ? onlyOf(whole, one.id) : whole), [whole, isNarrow, one]);

  const [opened, setOpened] = useState<Entry | null>(null);
  const present = drawing.entries.find(entry => entry.id === opened?.id);
  const [booked, setBooked] = useState<At | null>(null);
  const placeOf = useCallback(
    (column: Column) => {
      const location = shown.find(one => one.id === column.location);
      return shown.length > 1 && location ? titleOf(location, locations) : '';
    },
    [shown, locations],
  );
  const currencyOf = useCallback((id: number) => locations.find(one => one.id === id)?.currency, [locations]);
  const nameOf = (location: number, employee: number) =>
    whole.offered.find(column => column.id === columnId(location, employee))?.name ?? '';
  const pick = useCallback(
    ({ startsAt, column }: EmptyPlace) => {
      const only = drawing.columns.length === 1 ? drawing.columns[0]?.id : undefined;
      const { location, employee } = columnOf(column ?? only ?? `${shown[0]?.id}/0`);
      setBooked({ location, ...(employee ? { employee } : {}), startsAt });
    },
    [drawing.columns, shown],
  );
  const close = useCallback(() => {
    const id = opened?.id;
    setOpened(null);
    frame.current?.querySelector<HTMLElement>(`[data-entry="${CSS.escape(id ?? '')}"]`)?.focus();
  }, [opened, frame]);

  const login = loginWanted(read.error);
  const isEmpty = count !== undefined && drawing.entries.length === 0;
  return (
    <div ref={frame} className={`calendar${isNarrow ? ' calendar-narrow' : ''}`}>
      <Toolbar
        view={view}
        isViewChosen={!isNarrow}
        day={day}
        range={range}
        onView={chosen => change({ view: chosen })}
        onDay={setDay}
        onStep={direction => setDay(step(view, day, direction))}
        onToday={() => setDay(wallClockIn(zone).slice(0, 10))}
        onBook={() => setBooked({ location: shown[0]?.id ?? 0 })}
      />
      <FilterBar
        filters={filters}
        locations={locations}
        shown={shown.map(location => location.id)}
        columns={whole.offered}
        isOneShown={isNarrow}
        placeOf={placeOf}
        onChange={change}
      />
      {isNarrow && one && (
        <Choice<string>
          label={say('calendar.employee')}
          options={whole.columns.map(column => ({
            value: column.id,
            label: labelOf(column, placeOf, say('calendar.nobody')),
          }))}
          value={one.id}
          onChange={setNarrowColumn}
        />
      )}
      <Remarks
        locations={locations}
        closed={read.data?.closed ?? []}
        isCut={read.data?.is_cut ?? false}
        isHoursFailed={drawn.isHoursFailed && !read.isError}
        isOneZone={isOneZone}
        isEmpty={isEmpty}
        hidden={isEmpty ? (count ?? 0) : 0}
        onChange={change}
      />
      {mine.isError && filters.isMineOnly && <Failure error={mine.error} onRetry={mine.refetch} />}
      {login && <OwnLogin reason={login} onDone={() => queries.invalidateQueries()} />}
      {read.isError && !login && <Failure error={read.error} onRetry={read.refetch} />}
      {isFirst && !read.isError && <Skeleton lines={12} />}
      {read.data && !isFirst && !login && (
        <div className="calendar-body" aria-busy={read.isPlaceholderData}>
          {read.isPlaceholderData && (
            <div className="calendar-loading" role="status" aria-label={say('calendar.loading')} />
          )}
          <Grid
            view={view}
            day={day}
            drawing={drawing}
            moving={moves.moving}
            offset={isOneZone ? offsetOf(zone) : null}
            weekStart={weekStart}
            placeOf={placeOf}
            currencyOf={currencyOf}
            onOpen={setOpened}
            onPick={pick}
            onDrag={moves.drag}
          />
          {opened && (
            <Drawer entry={present ?? opened} isShown={Boolean(present) || read.isPlaceholderData} onClose={close} />
          )}
        </div>
      )}
      {moves.outcome && (
        <div className="calendar-outcome">
          <Outcome outcome={moves.outcome} nameOf={nameOf} onClose={moves.forget} />
        </div>
      )}
      {booked && (
        <BookHere
          at={booked}
          onClose={changed => {
            setBooked(null);
            if (changed) {
              void read.refetch();
            }
          }}
        />
      )}
    </div>
  );
}

function useShown(locations: readonly Location[], filters: Filters): readonly Location[] {
  return useMemo(() => {
    const ids = locationsOf(
      filters,
      locations.map(one => one.id),
    );
    return locations.filter(location => ids.includes(location.id));
  }, [locations, filters]);
}

function onlyOf(drawing: Drawing, column: string): Drawing {
  return {
    ...drawing,
    columns: drawing.columns.filter(one => one.id === column),
    entries: drawing.entries.filter(one => one.column === column),
    off: drawing.off.filter(one => one.column === column),
  };
}

function labelOf(column: Column, placeOf: (column: Column) => string, nobody: string): string {
  return [column.name || nobody, placeOf(column)].filter(Boolean).join(' · ');
}
