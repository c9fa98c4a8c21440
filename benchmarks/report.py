"""The report: what was promised beside what was measured, as a page that says how to read it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import floor
from .burst import Burst
from .duplicates import PER_REQUEST, Duplicates
from .fairness import MOST, Fairness
from .history import FIELDS_AN_HOUR, History
from .latency import PER_SECOND, Latency
from .naive import REQUESTS_PER_CHANGE, Naive
from .salon import PAGE
from .simulators import BOOKINGS_A_PAGE, Simulators
from .spent import APPLIED
from .starting import BOTO3, BOTO3_SQS, Starting


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured; `load` is the machine's load average just before."""

    cores: int
    architecture: str
    python: str
    load: float


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that one run measured. `steps` are the seconds of the stack's start by step."""

    machine: Machine
    steps: Mapping[str, float]
    linking: float
    burst: Burst
    again: Burst
    back: Burst
    latency: Latency
    naive: Naive
    simulators: Simulators
    starting: Starting
    history: History
    history_known: History
    duplicates: Duplicates
    fairness: Fairness


@dataclass(frozen=True, slots=True)
class Target:
    """Something promised: the result must not be above the limit."""

    promise: str
    limit: float
    result: float

    @property
    def is_met(self) -> bool:
        return self.result <= self.limit


def targets(results: Results) -> list[Target]:
    """Return what was promised, with the results."""
    burst, again, back = results.burst, results.again, results.back
    return [
        Target("requests to Kommo per status change", 0.012, burst.requests.kommo.total() / burst.size),
        Target("items written per changed booking", 2.0, burst.mover.applied / burst.size),
        Target(
            "items written per unchanged booking",
            0.0,
            (again.mover.applied + back.mover.applied) / (again.size + back.size),
        ),
        Target(
            "requests to Kommo for unchanged bookings",
            0.0,
            float(again.requests.kommo.total() + back.requests.kommo.total()),
        ),
        Target("own CPU per change, ms", 2.0, burst.mover.cpu_ms / burst.size),
        Target("drained after the last webhook, times the floor", 2.0, burst.drain / _floor(burst)),
        Target("median from webhook to deal, s", 1.5, results.latency.median),
        Target("requests to Kommo per imported booking, empty account", 0.04, results.history.kommo_per_booking),
        Target(f"requests per {PER_REQUEST} entities searched for duplicates", 1.0, results.duplicates.per_promised),
        Target(
            "the others' wait beside one's burst, times that without",
            MOST,
            results.fairness.beside / results.fairness.alone,
        ),
        *(
            Target(f"starting `{name}`, times {BOTO3_SQS}", 1.4, results.starting.ratios[name])
            for name in ("altegio_webhook", "kommo_webhook")
        ),
    ]


def render(results: Results) -> str:
    """Return the page."""
    burst = results.burst
    sections = [
        "# Performance",
        "Written by `make bench`, which measures all of it in one run on the local stack: the real template on an "
        "emulated AWS, both providers simulated with their limits in force, everything on one machine. Counts of "
        "requests and items are the same anywhere. Times are this machine's, so they stand beside something measured "
        "in the same run: read the ratios. Contacts show no totals of their clients here, which cost requests of their "
        "own after an arrival, and the emulated AWS does not check the functions' permissions.",
        _machine(results.machine),
        "## What was promised",
        _targets(results),
        f"## {burst.size:,} status changes at once",
        f"{burst.size:,} linked bookings change their status in the same moment, and each rings a webhook. Of ten, "
        "seven become confirmed, two arrive, one is a no-show. When all is quiet, an administrator looks at the "
        "account: every deal stands in its right stage, each booking has one deal and each client one contact, and "
        "neither provider has refused a request. If any of this were wrong, there would be no page.",
        _burst(results),
        f"The floor is what Kommo's {floor.KOMMO_A_SECOND} requests a second leave possible, or Altegio's "
        f"{floor.ALTEGIO_A_SECOND:.0f} a second and {floor.ALTEGIO_A_MINUTE} a minute if that takes longer: both can "
        "be asked side by side. A time below zero lies before the last webhook: the first one has the list of changes "
        "read, which shows also those whose webhooks are still to come. Altegio's simulator rings five seconds after a "
        "change, as the provider says of itself.",
        _naive(results),
        "### Requests",
        _requests(burst),
        "Deals are read before they are written, up to 150 in a request, and written up to 250 in a request; bookings "
        "come 300 a page. Batches had grown to their full size before the burst.",
        "### Items in DynamoDB",
        _items(burst),
        "A changed booking costs an item for its link and one for the decision, written together. What does not grow "
        "with the bookings stands apart: the lease and what is owed (Installations), two budgets for each request "
        "(Scratch). Most reads are links: of the rows in the list, and of what the webhooks name, by which late "
        "webhooks and echoes of our own writes are recognised.",
        "### Where the time goes",
        _shares(burst),
        "The mover's runs, one after the other; the parts add up to their duration. The webhooks' intake, the "
        "simulators and the emulated AWS share the machine's cores with the mover, so answers take longer than they "
        "would alone. Own CPU lies partly within those parts (encoding, sending, decoding) and is told separately:",
        _cpu(burst),
        "## The same without any change",
        _unchanged(results),
        "First every webhook rings once more with the change stamp that was applied: the link says so, and nothing is "
        "read from a provider. Then some bookings are changed and changed back in silence before their webhooks ring: "
        "the stamps are new, so the bookings are read, and their content says that nothing is to be done.",
        "## One change after the other",
        _latency(results.latency),
        "From the moment at which the simulator has its webhook accepted to the moment that the mover notes when Kommo "
        "has answered the write: rather too long than too short, on one clock. A deal that was right before its own "
        "webhook was accepted counts as 0. Webhooks go out without the provider's usual delay here, because with it "
        "one webhook would bring along the changes of the five seconds after its own.",
        f"## {results.history.bookings:,} older bookings imported",
        _history(results),
        "A live booking changes every second meanwhile, and all hooks ring, those that echo the deals made among them; "
        "how long its deal takes to follow is counted as above. The second import finds contacts that people have made "
        "before, and its mover is killed once on the way. Afterwards an administrator looks: each booking has one "
        f"deal, each client one contact. The hourly cap of field changes ({FIELDS_AN_HOUR:,} in an account, for all "
        "bulk work) is lifted here; under it the import takes the hours that the estimate names.",
        _history_requests(results),
        f"## {results.duplicates.deals:,} deals and {results.duplicates.contacts:,} contacts searched for duplicates",
        _duplicates(results.duplicates),
        "Among them are contacts that are there twice, with the phone or the name written otherwise, misspelt, or with "
        "an e-mail alone; deals on both contacts of a person; families with one phone and one e-mail; and the phones "
        "of receptions, with the same guest twice. All of the first were found, and nobody of the others was brought "
        "together with anybody. If any of this were wrong, there would be no page. Every contact whose name differs "
        "from that of somebody who shares his phone or e-mail is read a second time, 150 in a request.",
        f"## {results.fairness.burst:,} changes of one installation beside {results.fairness.others} others",
        _fairness(results.fairness),
        "The product's own servers in simulated time, on a queue that behaves as AWS's does: five of them at once, a "
        "provider answers in 0.2 s, both providers' limits are shared by all, and our own code takes no time. Each of "
        "the others changes a booking four times while the burst is worked off, and each booking of the burst has to "
        "be read.",
        "## Starting a function",
        _starting(results.starting),
        f"Medians over {results.starting.samples} rounds; each round starts every one of them in a fresh process that "
        "finds the built layers and nothing else. The last column is the median of the rounds' ratios.",
        "## The simulators, and the start of the stack",
        _simulators(results.simulators),
        "The simulators' own speed as a client sees it, its decoding included: what is measured above is not they.",
        _steps(results),
        "`make run` takes the first steps too. Downloads are not among them, and a build is kept until a source of it "
        "changes.",
    ]
    return "\n\n".join(sections) + "\n"


def _machine(machine: Machine) -> str:
    return table(
        ("machine", ""),
        [
            ("cores", str(machine.cores)),
            ("architecture", machine.architecture),
            ("Python", machine.python),
            ("load before the run", f"{machine.load:.1f}"),
        ],
    )


def _targets(results: Results) -> str:
    rows = [
        (target.promise, _number(target.limit), _number(target.result), "kept" if target.is_met else "**missed**")
        for target in targets(results)
    ]
    return table(("promise", "at most", "measured", ""), rows)


def _burst(results: Results) -> str:
    burst, naive = results.burst, results.naive
    least, whole_naive = _floor(burst), naive.per_change * burst.size
    rows = [
        ("the floor: the same requests at the allowed rates", least),
        ("from the last webhook accepted until nothing is left", burst.drain),
        ("from the last webhook accepted to the last write to Kommo", burst.behind),
        ("the webhooks' own time: from the first accepted to the last", burst.ringing),
        ("from the first change to the last write to Kommo", burst.whole),
        ("the naive way, extrapolated", whole_naive),
    ]
    return table(("", "s", "times the floor"), [(name, f"{s:,.1f}", f"{s / least:,.2f}") for name, s in rows])


def _naive(results: Results) -> str:
    burst, naive = results.burst, results.naive
    fewer = REQUESTS_PER_CHANGE * burst.size / burst.requests.kommo.total()
    return (
        f"The naive way looks the contact up, reads its deal and patches it: {REQUESTS_PER_CHANGE} requests for a "
        f"change. {naive.changes} changes were really made so, with the limits in force, in {naive.seconds:,.1f} s; "
        f"the rest is multiplied. It sends {fewer:,.0f} times the requests to Kommo and takes "
        f"{naive.per_change * burst.size / burst.whole:,.0f} times as long from the first change to the last."
    )


def _requests(burst: Burst) -> str:
    rows = []
    for provider, counts in (("Kommo", burst.requests.kommo), ("Altegio", burst.requests.altegio)):
        rows += [(provider, f"`{route}`", f"{n:,}", f"{n / burst.size:.4f}") for route, n in counts.most_common()]
        rows.append((provider, "**all**", f"{counts.total():,}", f"{counts.total() / burst.size:.4f}"))
    return table(("provider", "route", "requests", "per change"), rows)


def _items(burst: Burst) -> str:
    mover = burst.mover
    names = sorted({*mover.reads, *mover.writes}, key=lambda name: (name not in APPLIED, -mover.writes[name], name))
    rows = [
        (
            name,
            f"{mover.reads[name]:,}",
            _per(mover.reads[name], burst),
            f"{mover.writes[name]:,}",
            _per(mover.writes[name], burst),
        )
        for name in names
    ]
    reads, writes = mover.reads.total(), mover.writes.total()
    rows.append(("**all**", f"{reads:,}", _per(reads, burst), f"{writes:,}", _per(writes, burst)))
    return table(("table", "read", "per change", "written", "per change"), rows)


def _shares(burst: Burst) -> str:
    mover = burst.mover
    rows = [(name, f"{ms / 1000:,.1f}", f"{ms / mover.duration_ms:.0%}") for name, ms in mover.shares().items()]
    rows.append((f"**all {mover.runs:,} runs**", f"{mover.duration_ms / 1000:,.1f}", "100%"))
    return table(("part", "s", "share"), rows)


def _cpu(burst: Burst) -> str:
    rows = []
    for name, spent, unit in (
        ("mover", burst.mover, "change"),
        ("`altegio_webhook`", burst.intake, "webhook"),
        ("`kommo_webhook` (echoes of our writes)", burst.echoes, "webhook"),
    ):
        per = burst.size if unit == "change" else max(1, spent.runs)
        rows.append((name, f"{spent.runs:,}", f"{spent.cpu_ms / 1000:,.1f}", f"{spent.cpu_ms / per:.2f} per {unit}"))
    return table(("function", "runs", "CPU, s", "CPU, ms"), rows)


def _unchanged(results: Results) -> str:
    rows = [
        (
            name,
            f"{burst.size:,}",
            f"{burst.mover.applied:,}",
            f"{burst.mover.writes.total() - burst.mover.applied:,}",
            f"{burst.requests.kommo.total():,}",
            f"{burst.requests.altegio.total():,}",
            f"{burst.mover.cpu_ms / burst.size:.2f}",
        )
        for name, burst in (("rung again", results.again), ("changed there and back", results.back))
    ]
    head = (
        "",
        "webhooks",
        "items written",
        "leases and budgets",
        "requests to Kommo",
        "to Altegio",
        "mover's CPU, ms each",
    )
    return table(head, rows)


def _latency(latency: Latency) -> str:
    return table(
        (f"{latency.changes} changes, {PER_SECOND} a second", "s"),
        [
            ("median", f"{latency.median:.2f}"),
            ("95 of 100 within", f"{latency.p95:.2f}"),
            ("longest", f"{latency.worst:.2f}"),
            ("before that: from the change to its webhook accepted, median", f"{latency.accepting:.2f}"),
            ("requests to Kommo per change", f"{latency.requests.kommo.total() / latency.changes:.2f}"),
            ("requests to Altegio per change", f"{latency.requests.altegio.total() / latency.changes:.2f}"),
        ],
    )


def _history(results: Results) -> str:
    head = ("", "empty account", f"{results.history_known.known:,} contacts known")
    both = (results.history, results.history_known)

    def row(name: str, text: Callable[[History], str]) -> tuple[str, ...]:
        return name, *(text(one) for one in both)

    return table(
        head,
        [
            row("bookings of clients", lambda one: f"{one.bookings:,} of {one.clients:,}"),
            row("deals made", lambda one: f"{one.deals:,}"),
            row("contacts made", lambda one: f"{one.contacts:,}"),
            row("movers killed", lambda one: str(one.killed)),
            row("seconds without the cap", lambda one: f"{one.seconds:,.1f}"),
            row("hours under it, as estimated", lambda one: f"{one.hours:.1f}"),
            row("requests to Kommo per booking", lambda one: f"{one.kommo_per_booking:.4f}"),
            row("bookings per request to Kommo", lambda one: f"{1 / one.kommo_per_booking:.1f}"),
            row("live changes meanwhile", lambda one: str(len(one.latencies))),
            row("from webhook to deal, median, s", lambda one: f"{one.median:.2f}"),
            row("the longest, s", lambda one: f"{max(one.latencies):.2f}"),
        ],
    )


def _duplicates(found: Duplicates) -> str:
    asked = found.requests.kommo.total() + found.requests.altegio.total()
    return table(
        ("the scan", ""),
        [
            ("contacts planted among them", f"{found.planted:,}"),
            ("groups that are certain, found", f"{found.certain:,} of {found.certain:,}"),
            ("pairs that may be, found", f"{found.alike:,} of {found.alike:,}"),
            ("deals that are there twice, found", f"{found.planted_deals:,} of {found.planted_deals:,}"),
            ("relatives and guests, brought together", f"0 of {found.apart:,}"),
            ("groups in all", f"{found.groups:,}"),
            ("requests to both providers", f"{asked:,}"),
            (f"requests per {PER_REQUEST} entities read", f"{found.per_promised:.3f}"),
            ("seconds", f"{found.seconds:,.1f}"),
            ("times the floor of its requests", f"{found.seconds / floor.kommo_seconds(asked):.2f}"),
            ("the mover's own CPU, ms for 1,000 entities", f"{found.mover.cpu_ms * 1000 / found.read:.0f}"),
            ("around one deal, while somebody waits: seconds, median", f"{found.search:.2f}"),
            ("and requests to Kommo", f"{found.search_requests:.1f}"),
        ],
    )


def _history_requests(results: Results) -> str:
    empty, known = (one.requests for one in (results.history, results.history_known))
    rows = []
    for provider, counts, others in (("Kommo", empty.kommo, known.kommo), ("Altegio", empty.altegio, known.altegio)):
        routes = sorted({*counts, *others}, key=lambda route: -counts[route])
        rows += [(provider, f"`{route}`", f"{counts[route]:,}", f"{others[route]:,}") for route in routes]
    return table(("provider", "route", "empty account", "contacts known"), rows)


def _fairness(fairness: Fairness) -> str:
    return table(
        ("the others' bells, median", "s"),
        [("without the burst", f"{fairness.alone:.2f}"), ("beside it", f"{fairness.beside:.2f}")],
    )


def _starting(starting: Starting) -> str:
    alone = starting.seconds[BOTO3]
    return table(
        ("what is started", "ms", f"times {BOTO3}", f"times {BOTO3_SQS}"),
        [
            (
                name if name in (BOTO3, BOTO3_SQS) else f"`{name}`",
                f"{seconds * 1000:.0f}",
                f"{seconds / alone:.2f}",
                f"{starting.ratios[name]:.2f}",
            )
            for name, seconds in starting.seconds.items()
        ],
    )


def _simulators(simulators: Simulators) -> str:
    return table(
        ("simulator", "loads", "s", "a full page", "ms"),
        [
            (
                "Altegio",
                f"{simulators.bookings:,} bookings",
                f"{simulators.bookings_load:.1f}",
                f"{BOOKINGS_A_PAGE} bookings",
                f"{simulators.bookings_page * 1000:.0f}",
            ),
            (
                "Kommo",
                f"{simulators.deals:,} deals",
                f"{simulators.deals_load:.1f}",
                f"{PAGE} deals",
                f"{simulators.deals_page * 1000:.0f}",
            ),
        ],
    )


def _steps(results: Results) -> str:
    rows = [*results.steps.items(), (f"here also: deals for {results.burst.size:,} new bookings", results.linking)]
    return table(("step", "s"), [(name, f"{seconds:.1f}") for name, seconds in rows])


def _floor(burst: Burst) -> float:
    return floor.floor_seconds(kommo=burst.requests.kommo.total(), altegio=burst.requests.altegio.total())


def _per(count: int, burst: Burst) -> str:
    return f"{count / burst.size:.3f}"


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
