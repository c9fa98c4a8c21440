"""The task that is made with a booking's deal: once, and never a reason to hold the deal back."""

from collections.abc import Mapping

from bookdeal.bookings import fields
from bookdeal.bookings.intents import SECOND_LOOK
from bookdeal.bookings.run import Change, Run
from bookdeal.model.deal import NewTask
from bookdeal.runtime.errors import RateLimited, Rejected, Transient, UnknownOutcome


class Tasks:
    """Makes the tasks of a run's bookings."""

    def __init__(self, run: Run) -> None:
        """Bind to one run."""
        self._run = run

    def make(self, changes: Mapping[int, Change]) -> dict[int, int]:
        """Make the tasks of these new deals; return those that are still owed, with the time of the last try.

        A time of 1 means that surely nothing was made. A refused task is given up: its settings name something gone.
        """
        wanted = [task for deal, change in changes.items() if (task := self._task(change, deal)) is not None]
        owed: dict[int, int] = {}
        while wanted:
            chunk, wanted = wanted[: self._run.batch.size], wanted[self._run.batch.size :]
            now = int(self._run.clock.now())
            try:
                made = self._run.kommo.create_tasks(chunk)
            except (RateLimited, Transient):
                owed.update(dict.fromkeys((task.deal for task in chunk), 1))
            except UnknownOutcome:
                owed.update(dict.fromkeys((task.deal for task in chunk), now))
            except Rejected as error:
                refused = [task for task in chunk if task.mark in error.elements or len(chunk) == 1]
                self._run.counts["tasks_refused"] += len(refused)
                if refused:
                    # Whether the others of the batch were made is not certain (contract §1.2).
                    owed.update(dict.fromkeys((task.deal for task in chunk if task not in refused), now))
                else:
                    self._run.batch.shrink(len(chunk))
                    wanted = [*chunk, *wanted]
            else:
                self._run.counts["tasks_made"] += len(made)
                owed.update(dict.fromkeys((task.deal for task in chunk if task.mark not in made), now))
        self._run.owed.update(changes[deal].key for deal in owed)
        return owed

    def make_owed(self, owing: Mapping[int, tuple[Change, int]]) -> dict[int, int]:
        """Make the tasks that an earlier run could not be sure of, unless they are there; return those still owed.

        `owing` has, by deal, the booking and the time of the last try.
        """
        if not owing:
            return {}
        there = {(task.deal, task.text, task.due) for task in self._run.kommo.tasks(list(owing))}
        missing: dict[int, Change] = {}
        owed: dict[int, int] = {}
        for deal, (change, tried_at) in owing.items():
            task = self._task(change, deal)
            if task is None or (deal, task.text, task.due) in there:
                continue
            if self._run.clock.now() - tried_at < SECOND_LOOK:
                owed[deal] = tried_at
                self._run.owed.add(change.key)
            else:
                missing[deal] = change
        return {**owed, **self.make(missing)}

    def _task(self, change: Change, deal: int) -> NewTask | None:
        """Return the task of a booking's deal; None when the settings want none or the visit is not expected."""
        template = self._run.installation.settings.task
        location = self._run.installation.location(change.booking.location)
        if template is None or location is None or not fields.is_upcoming(change.booking):
            return None
        return NewTask(
            mark=change.mark,
            deal=deal,
            type=template.type,
            text=fields.fill(template.text, change.booking, location),
            due=fields.task_due(change.booking, location, template.minutes_before),
            responsible=template.responsible,
        )
