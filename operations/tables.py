"""What the desk answers, as text for people: short tables, ages instead of times."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

type Answer = Mapping[str, Any]

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under titles, each column as wide as its widest value."""
    texts = [list(titles), *([str(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(titles))]
    lines = ["  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)) for row in texts]
    return "\n".join(line.rstrip() for line in lines)


def age(seconds: float | None) -> str:
    """Return an age in its largest unit, rounded down: 3 h; "–" for none."""
    if seconds is None:
        return "–"
    size, unit = next((found for found in _UNITS if seconds >= found[0]), _UNITS[-1])
    return f"{int(seconds // size)} {unit}"


def since(moment: float | None, now: float) -> str:
    """Return how long ago a moment was, "–" for none."""
    return age(None if moment is None else max(0.0, now - moment))


def day(moment: float | None) -> str:
    """Return a moment's day in UTC, "–" for none."""
    return "–" if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def installations(found: Sequence[Answer], now: float) -> str:
    """Return one line for each installation."""
    titles = ("INSTALLATION", "ACCOUNT", "STATE", "LAG", "OWED", "PARKED", "DIFFER", "LAST RUN")
    return table(
        titles,
        (
            (
                one["installation"],
                one["kommo_host"],
                _state(one),
                age(one["lag"]["seconds"]),
                one["lag"]["bookings"] + one["lag"]["deals"],
                one["parked"],
                "–" if one["compared_at"] is None else one["differences"],
                since(one["last_run"], now),
            )
            for one in found
        ),
    )


def installation(one: Answer, now: float) -> str:
    """Return all about one installation."""
    facts = [
        ("installation", one["installation"]),
        ("account", f"{one['kommo_host']} ({one['kommo_account']})"),
        ("state", _state(one)),
        ("lag", f"{age(one['lag']['seconds'])}: {one['lag']['bookings']} bookings, {one['lag']['deals']} deals"),
        ("parked", one["parked"]),
        (
            "compared",
            f"{since(one['compared_at'], now)} ago, {one['differences']} differ" if one["compared_at"] else "–",
        ),
        ("last run", since(one["last_run"], now)),
    ]
    if one["hooks_left"]:
        facts.append(("hooks left", ", ".join(one["hooks_left"])))
    width = max(len(name) for name, _ in facts)
    lines = [f"{name.ljust(width)}  {value}" for name, value in facts]
    rows = (
        (
            here["location"],
            here["title"],
            here["closed"] or ("walking" if here["walks"] else "read"),
            age(here["cursor_age"]),
            since(here["owed_since"], now),
        )
        for here in one["locations"]
    )
    places = table(("LOCATION", "TITLE", "STATE", "NEWEST CHANGE", "OWED SINCE"), rows)
    return "\n".join([*lines, "", places])


def parked(found: Sequence[Answer], now: float) -> str:
    """Return one line for each thing that waits for a person."""
    rows = (
        (one["key"], one["reason"], since(one["since"], now), " ".join(f"{k}={v}" for k, v in one["params"].items()))
        for one in found
    )
    return table(("WHAT", "WHY", "SINCE", "MORE"), rows)


def differences(proof: Answer | None, found: Sequence[Answer], now: float) -> str:
    """Return what was proved, and one line for each difference."""
    if proof is None:
        return "Nothing was compared yet."
    counts = ", ".join(f"{proof[name]} {name}" for name in ("agree", "repaired", "parked", "differ"))
    told = f"{since(proof['ended'], now)} ago {proof['compared']} bookings were compared: {counts}."
    rows = (
        (
            one["kind"],
            one["location"],
            one["booking"] or "–",
            one["deal"] or "–",
            since(one["since"], now),
            " ".join(f"{k}={v}" for k, v in one["params"].items()),
        )
        for one in found
    )
    return "\n\n".join(
        [told, *([table(("WHAT", "LOCATION", "BOOKING", "DEAL", "SINCE", "MORE"), rows)] if found else [])]
    )


def uninstalled(answer: Answer) -> str:
    """Return how far an uninstalling has come."""
    text = {
        "leaving": "Paused. Its hooks and tokens go as soon as the providers answer; ask again with `show`.",
        "kept": f"Hooks are down, tokens destroyed. Its data is kept until {day(answer['forget_at'])}.",
        "forgetting": "Its data is being forgotten.",
        "ended": "Nothing of it is left.",
    }[answer["step"]]
    left = answer["hooks_left"]
    return text + (f"\nHooks that could not be taken down (they ring unheard): {', '.join(left)}." if left else "")


def integrations(found: Sequence[Answer]) -> str:
    """Return one line for each integration."""
    rows = ((one["client_id"], "public" if one["is_public"] else "private", one["redirect_uri"]) for one in found)
    return table(("CLIENT ID", "KIND", "REDIRECT URI"), rows)


def imported(answer: Answer) -> str:
    """Return what came of an import: whether it was saved, and what would have to be chosen by a person."""
    lines = ["Saved." if answer["saved"] else "Nothing was saved."]
    lines += [f"not found: {one['what']} {one['name']!r} at {one['field']}" for one in answer["unmatched"]]
    lines += [f"wrong: {one['code']} at {one['field']}" for one in answer["faults"]]
    return "\n".join(lines)


def command(answer: Answer) -> str:
    """Return what became of a command."""
    result = " ".join(f"{name}={value}" for name, value in answer["result"].items())
    return " ".join(filter(None, (answer["kind"], answer["id"], answer["state"], result)))


def _compared(one: Answer, now: float) -> str:
    if one["compared_at"] is None:
        return "–"
    return f"{since(one['compared_at'], now)} ago, {one['differences']} differ"


def _state(one: Answer) -> str:
    if one["state"] == "paused":
        return f"paused: {one['reason']}"
    if one["state"] == "uninstalled":
        return f"uninstalled, kept until {day(one['forget_at'])}"
    return str(one["state"])
