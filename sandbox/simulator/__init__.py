"""The kernel that the simulators of both providers share.

A provider's simulator is a subclass of `Simulator` that brings its routes and its world. The kernel brings everything
else: the clock, the journal of requests, faults, limits, webhook delivery, the control calls and the ways to run it.
One event loop, state in memory, no locks: a handler reads its body first and is synchronous from there on.

Writing a simulator::

    class Shop(Simulator):
        def __init__(self, options: Options) -> None:
            super().__init__(options)
            self.limits = Limits(self.clock, per_second=5, per_minute=200, extras={"slow": False})
            self.deliveries = Deliveries(
                self.clock, self.timetable, self.chance("hooks"), delay_seconds=0.3, timeout=10,
                retry_after=lambda attempt, status: 1.5 if attempt < 3 else None,
            )
            self.sequences = Sequences({"order": 1000})
        def routes(self): return [web.get(r"/api/v1/orders/{id:\\d+}", self.get_order)]
        def control_routes(self): return [web.post("/expire", self.expire)]      # becomes /_control/expire
        def reset(self, scenario, *, everything): ...
        def load(self, given): ...                                               # {"orders": n} -> what was made
        def summary(self): ...                                                   # {"orders": n, ...}
        def is_administrator(self, request): ...      # carries the token for looking from outside: no limits, no faults
        def refused(self, request, refusal): ...      # refusal.kind "limited" | "blocked", refusal.wait seconds
        def failure(self, request, status): ...       # the provider's body for 404, 405, 5xx and the statuses of faults
        def middlewares(self): ...                    # optional: authorisation, error answers; inside limits and faults

    create_app(Shop(Options()))                                  # an aiohttp application
    with run_in_thread(lambda: create_app(Shop(Options()))) as base_url: ...      # in a test
    main("Shop", lambda options, arguments: Shop(options), port=8102, hook_delay=0.3)     # python -m sandbox.shop

The template of a route, as aiohttp writes it (`/api/v1/orders/{id}`), is what the journal and the faults call `route`.

In a handler

* the time is `self.clock.now()` or `.stamp()` (whole seconds), never `time.time()`; expiry is judged by `.present()`;
* a batch is read with `await read_json(request)` (raises `BrokenJson`): it gives the first half of a list for a partial
  commit, rounded up; a body that is not a list is committed whole;
* ids come from `self.sequences.next(name)`: a late commit then keeps the ids and stamps of the moment it was asked for;
* answers are `json_answer(data, status)`;
* hooks are sent with `self.deliveries.send(Hook(url, body, headers, resource, action, ids, on_attempt))`;
* something later on the simulator's clock is `self.timetable.after(seconds, function)`;
* chance is `self.chance("purpose")`, a seeded `random.Random` to be kept, one per purpose.

Faults that commit: `commit_then_close` and `commit_then_status` run the handler and withhold its answer;
`partial_commit` runs it with the first half of the batch; `late_commit` answers at once and runs it `seconds` of the
clock later, with the stamps (`clock.now`) and the ids (`sequences.next`) of the original moment, while things written
in between have later stamps and greater ids. Webhooks of what was committed go out when it is committed. `"answer":
"close"` drops the connection in place of the status for `status`-answering kinds.

Control calls, under `/_control`, JSON in and out; 400 `{"error": text}` for what they do not understand:

`POST /reset`
    `{}` or `{"scenario": name}`. Faults, limits, delivery profile and clock go back to the start. What integrations set
    up (tokens, subscriptions) stays, unless `{"everything": true}`.
`POST /load`
    Bulk load, see the simulator.
`GET /requests?since=`
    `{"requests": [{"at", "method", "route", "path", "query", "status", "administrator"}]}`; `status` 0: no answer sent.
`GET /faults`, `POST /faults`
    The list of faults; POST replaces it. `route` is a template, a path, `*` or a pattern such as `/api/*`; `times`
    (default 1 without a probability), `probability`, `kind`, `status`, `body`, `seconds`, `answer`.
`GET /limits`, `POST /limits`
    `enforce`, `per_second`, `per_minute`, `search_lag_seconds`, `block_after`, `block_seconds` and the simulator's
    extras; only what is named changes.
`GET /webhooks`, `POST /webhooks`
    The delivery profile: `duplicate` (further copies), `reorder`, `reorder_seconds`, `drop`, `delay_seconds`, `paused`
    and extras; only what is named changes. Beside it the counters `sent`, `delivered`, `failed`, `dropped`, `queued`,
    `retrying`.
`GET /deliveries?since=`
    `{"deliveries": [{"at", "resource", "action", "ids", "status", "attempt", "outcome"}]}`; `status` 0: no connection,
    499: timed out; `outcome` is delivered, refused, no_answer, timed_out or dropped.
`GET /clock`, `POST /clock`
    `{"shift_seconds": s}`: the clock runs so far ahead of real time; replaces the former shift.
`GET /idle`
    `{"idle": bool, "queued": n, "late_commits": n}`; hooks that wait for a retry do not count.
`GET /state`
    Counts.

The times of the journals (`at`, `since`) are real unix seconds: they are an observer's, not the simulated world's.
"""

from .answers import BrokenJson, ControlError, json_answer, read_json
from .clock import Clock, Timetable
from .delivery import NO_ANSWER, TIMED_OUT, Deliveries, Hook, is_valid
from .faults import Fault, Faults
from .journal import RequestJournal
from .limits import Limits, Refusal
from .sequences import Sequences
from .serving import main, run_in_thread
from .simulator import CONTROL, Options, Simulator, create_app

__all__ = [
    "CONTROL",
    "NO_ANSWER",
    "TIMED_OUT",
    "BrokenJson",
    "Clock",
    "ControlError",
    "Deliveries",
    "Fault",
    "Faults",
    "Hook",
    "Limits",
    "Options",
    "Refusal",
    "RequestJournal",
    "Sequences",
    "Simulator",
    "Timetable",
    "create_app",
    "is_valid",
    "json_answer",
    "main",
    "read_json",
    "run_in_thread",
]
