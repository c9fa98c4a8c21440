"""The task that is made with a booking's deal: once, and never a reason to hold the deal back."""

from collections.abc import Sequence

from bookdeal.bookings import fields, rules
from bookdeal.bookings.deals.run import Change, Run
from bookdeal.bookings.intents import SECOND_LOOK, parse_mark
from bookdeal.bookings.links import BookingKey
from bookdeal.model.deal import NewTask, Task
from bookdeal.runtime.errors import RateLimited, Rejected, Transient, UnknownOutcome

LATE = 120
"""Seconds that may lie between a try whose outcome is not known and the task that came of it, on both clocks."""


class Tasks:
    """Makes the tasks of a run's bookings."""

    def __init__(self, run: Run) -> None:
        """Bind to one run."""
        self._run = run

    def make(self, bookings: Sequence[tuple[int, Change]]) -> dict[BookingKey, int]:
        """Make the tasks of these bookings on their deals; return those still owed, with the time of the last try.

        A time of 1 means that surely nothing was made. A refused task is given up: its settings name something gone.
        """
        wanted = [task for deal, change in bookings if (task := self._task(change, deal)) is not None]
        tried: dict[str, int] = {}
        while wanted:
            chunk, wanted = wanted[: self._run.batch.size], wanted[self._run.batch.size :]
            now = int(self._run.clock.now())
            try:
                made = self._run.kommo.create_tasks(chunk)
            except (RateLimited, Transient):
                tried.update(dict.fromkeys((task.mark for task in chunk), 1))
            except UnknownOutcome:
                tried.update(dict.fromkeys((task.mark for task in chunk), now))
            except Rejected as error:
                refused = [task for task in chunk if task.mark in error.elements or len(chunk) == 1]
                self._run.counts["tasks_refused"] += len(refused)
                if refused:
                    # Whether the others of the batch were made is not certain (contract §1.2).
                    tried.update(dict.fromkeys((task.mark for task in chunk if task not in refused), now))
                else:
                    self._run.batch.shrink(len(chunk))
                    wanted = [*chunk, *wanted]
            else:
                self._run.counts["tasks_made"] += len(made)
                tried.update(dict.fromkeys((task.mark for task in chunk if task.mark not in made), now))
        owed = {parse_mark(mark): at for mark, at in tried.items()}
        self._run.owed.update(owed)
        return owed

    def make_owed(self, owing: Sequence[tuple[int, Change, int]]) -> dict[BookingKey, int]:
        """Make the tasks that an earlier run could not be sure of, unless they are there; return those still owed.

        `owing` has the deal, the booking and the time of the last try.
        """
        if not owing:
            return {}
        there = self._run.kommo.tasks([deal for deal, _, _ in owing])
        missing: list[tuple[int, Change]] = []
        owed: dict[BookingKey, int] = {}
        for deal, change, tried_at in owing:
            task = self._task(change, deal)
            if task is None or any(_is_it(one, task, tried_at) for one in there):
                continue
            if self._run.clock.now() - tried_at < SECOND_LOOK:
                owed[change.key] = tried_at
                self._run.owed.add(change.key)
            else:
                missing.append((deal, change))
        return {**owed, **self.make(missing)}

    def _task(self, change: Change, deal: int) -> NewTask | None:
        """Return the task of a booking's deal; None when the settings want none or nobody expects the visit."""
        template = self._run.installation.settings.task
        location = self._run.installation.location(change.booking.location)
        if template is None or location is None or not fields.is_upcoming(change.booking):
            return None
        if rules.is_before_start(change.booking, self._run.installation.settings):
            return None
        return NewTask(
            mark=change.mark,
            deal=deal,
            type=template.type,
            text=fields.fill(template.text, change.booking, location),
            due=fields.task_due(change.booking, location, template.minutes_before),
            responsible=template.responsible,
        )


def _is_it(there: Task, wanted: NewTask, tried_at: int) -> bool:
    """Tell whether a task is the one that was tried then: by what it says, or by when it was made.

    What it says may have changed since, with its booking.
    """
    if there.deal != wanted.deal:
        return False
    was_made_then = there.type == wanted.type and abs(there.created_at - tried_at) <= LATE
    return was_made_then or (there.text, there.due) == (wanted.text, wanted.due)
