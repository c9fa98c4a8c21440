"""Change stamps and the wall clocks to ask for them by: a location's own clock, which goes back once a year. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def stamp_instant(stamp: str, zone: str) -> int | None:
    """Return a change stamp as unix seconds, None when it cannot be read.

    The offset written in a stamp is not always the location's, so the earlier of the two readings is taken: reading a
    little again costs nothing, skipping would lose a change.
    """
    try:
        read = datetime.fromisoformat(stamp)
        by_zone = read.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp()
        return int(min(by_zone, read.timestamp()) if read.tzinfo else by_zone)
    except (ValueError, OverflowError):
        return None


def earliest_wall_clock(instant: int, zone: str) -> datetime:
    """Return the wall clock to read from: an hour earlier around the clocks' going back."""
    return _wall_clock(instant, zone) - timedelta(hours=_goes_back(instant, zone))


def latest_wall_clock(instant: int, zone: str) -> datetime:
    """Return the wall clock to read up to: an hour later around the clocks' going back."""
    return _wall_clock(instant, zone) + timedelta(hours=_goes_back(instant, zone))


def _goes_back(instant: int, zone: str) -> bool:
    """Tell whether the clocks go back within the next hour or did so within the last two.

    What is changed after that bears an earlier wall clock than what was changed before.
    """
    later = datetime.fromtimestamp(instant + 3600, ZoneInfo(zone))
    earlier = datetime.fromtimestamp(instant - 2 * 3600, ZoneInfo(zone))
    return (later.utcoffset() or timedelta()) < (earlier.utcoffset() or timedelta())


def _wall_clock(instant: int, zone: str) -> datetime:
    return datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
