import type { BookingScreen, Location } from '../api/schema';
import { useFormat, wallClockIn } from '../format/format';
import { useSay } from '../texts/texts';

/** The booking that a window is about: when, what, with whom. */
export function BookingSummary({ booking, location }: { booking: BookingScreen; location?: Location | undefined }) {
  const [say, format] = [useSay(), useFormat()];
  const now = location ? wallClockIn(location.timezone) : undefined;
  const titles = booking.services.map(line => line.title);
  const day = now ? format.near(booking.starts_at, now) : format.day(booking.starts_at);
  return (
    <div className="booking-about">
      <strong>{say('booking.dayAndTime', { day, time: format.time(booking.starts_at) })}</strong>
      <p>
        {[titles.length ? format.list(titles) : '', booking.employee?.name, location?.title]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {booking.client && <p className="quiet">{booking.visitor || booking.client.name}</p>}
    </div>
  );
}
