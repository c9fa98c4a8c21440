"""Wall clocks: a location's local time as whole seconds, and back.

A *wall* is what the location's clock shows, counted in seconds as if it were UTC; a *moment* is true unix time.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400
HOUR = 3_600
# Client stamps come in this zone whatever the location's (contract §0.5).
CLIENT_ZONE = "+0400"
CLIENT_SHIFT = 4 * HOUR
_EPOCH = datetime(1970, 1, 1)


@lru_cache(maxsize=200_000)
def _offset(moment: int, zone: ZoneInfo) -> int:
    found = datetime.fromtimestamp(moment, zone).utcoffset()
    return int(found.total_seconds()) if found is not None else 0


def to_wall(moment: float, zone: ZoneInfo) -> int:
    """What the clock in `zone` shows at `moment`."""
    whole = int(moment)
    return whole + _offset(whole - whole % 900, zone)


def to_moment(wall: int, zone: ZoneInfo) -> int:
    """The moment at which the clock shows `wall`: the first of a doubled time; a missing one moves forward."""
    local = _EPOCH + timedelta(seconds=wall)
    return int(local.replace(tzinfo=zone).timestamp())


@lru_cache(maxsize=100_000)
def wall_text(wall: int) -> str:
    """A wall as `YYYY-MM-DD HH:MM:SS`."""
    return str(_EPOCH + timedelta(seconds=wall))


def day_text(wall: int) -> str:
    """The date of a wall as `YYYY-MM-DD`."""
    return wall_text(wall)[:10]


def clock_text(wall: int) -> str:
    """The time of day of a wall as `HH:MM`."""
    return wall_text(wall)[11:16]


def day_start(wall: int) -> int:
    """The midnight before a wall."""
    return wall - wall % DAY


def day_of(wall: int) -> date:
    """The date of a wall."""
    return (_EPOCH + timedelta(seconds=wall)).date()


def wall_of(day: date, minutes: int = 0) -> int:
    """The wall of a date and the minutes of its day."""
    return int((datetime(day.year, day.month, day.day) - _EPOCH).total_seconds()) + minutes * 60


@lru_cache(maxsize=100)
def offset_text(seconds: int, colon: bool) -> str:
    """An offset as `+0200` or `+02:00`."""
    sign, size = ("-", -seconds) if seconds < 0 else ("+", seconds)
    return f"{sign}{size // 3600:02d}{':' if colon else ''}{size % 3600 // 60:02d}"


def stamp_text(moment: int, zone: ZoneInfo) -> str:
    """A moment as records carry it: local time with an offset without colon."""
    wall = to_wall(moment, zone)
    return f"{wall_text(wall).replace(' ', 'T')}{offset_text(wall - moment, False)}"


def client_stamp_text(moment: int) -> str:
    """A moment as client cards carry it: always in +0400 (contract §0.5)."""
    return f"{wall_text(moment + CLIENT_SHIFT).replace(' ', 'T')}{CLIENT_ZONE}"


@lru_cache(maxsize=100_000)
def winter_offset(wall: int, zone: ZoneInfo) -> int:
    """The zone's offset without daylight saving, which `datetime` carries even in summer (contract §0.5)."""
    local = (_EPOCH + timedelta(seconds=wall)).replace(tzinfo=zone)
    offset, saving = local.utcoffset(), local.dst()
    return int(((offset or timedelta()) - (saving or timedelta())).total_seconds())


def true_offset(wall: int, zone: ZoneInfo) -> int:
    """The offset that really holds at a wall."""
    return wall - to_moment(wall, zone)


def parse_wall(text: object, zone: ZoneInfo) -> int | None:
    """Read a date and time as the location's wall; with an offset it is converted; None when it is neither."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if read.tzinfo is not None:
        return to_wall(int(read.timestamp()), zone)
    return int((read - _EPOCH).total_seconds())


def parse_stamp(text: str) -> int:
    """The moment of a stamp with an offset, with or without colon."""
    return int(datetime.fromisoformat(text).timestamp())


def parse_day(text: object) -> int | None:
    """The midnight of a `YYYY-MM-DD` (or of a date and time), None when it is neither."""
    wall = parse_wall(text, ZoneInfo("UTC"))
    return None if wall is None else day_start(wall)


def iso_utc(moment: int) -> str:
    """A moment as ISO in UTC, for HTTP-like places that carry no location."""
    return datetime.fromtimestamp(moment, UTC).isoformat()
