"""Commands: asked by a route or a job, stored first, then rung for; the mover carries them out one after the other."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.errors import Conflict, Transient
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Item, Table, Write

KEPT_SECONDS = 7 * 24 * 3600
"""How long a finished command can be asked for."""

_PREFIX = "command#"


class Commands:
    """One installation's commands, in the table of decisions."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def ask(
        self, kind: CommandKind, params: Mapping[str, Any], by: int | None, hints: Hints, correlation_id: str = ""
    ) -> Command:
        """Store a command and ring for it. Raises Transient when the bell cannot be rung: then nothing was asked."""
        command, write = self.asking(kind, params, by)
        self._table.store.transact([[write]])
        try:
            self.ring(command, hints, correlation_id)
        except Transient:
            self._table.delete(self._installation, _PREFIX + command.id)
            raise
        return command

    def asking(self, kind: CommandKind, params: Mapping[str, Any], by: int | None) -> tuple[Command, Write]:
        """Return a new command and the write that stores it, to go with others; ring for it afterwards."""
        now = self._table.store.clock.now()
        command = Command(f"{int(now * 1000):013d}{secrets.token_hex(8)}", kind, params, by, now)
        item = {
            "installation": self._installation,
            "key": _PREFIX + command.id,
            "kind": kind.value,
            "params": dict(params),
            "by": by,
            "at": now,
            "progress": None,
            "state": command.state.value,
            "result": {},
        }
        return command, self._table.putting(item)

    def ring(self, command: Command, hints: Hints, correlation_id: str = "") -> None:
        """Ring for a command that is stored. Raises Transient when the bell cannot be rung."""
        hint = Hint(
            kind=HintKind.COMMAND,
            source="person" if command.by else "mover",
            installation=self._installation,
            commands=(command.id,),
            seen_at=command.at,
            correlation_id=correlation_id or command.id,
        )
        hints.send([hint])

    def read(self, id: str) -> Command | None:
        """Return a command, None when there is none of that id (any more)."""
        item = self._table.get(self._installation, _PREFIX + id, consistent=True)
        return _command(item) if item else None

    def read_all(self, ids: Collection[str]) -> dict[str, Command]:
        """Return these commands by id, without those that are there no more."""
        keys = [(self._installation, _PREFIX + id) for id in ids]
        found = self._table.batch_get(keys, consistent=True).values() if keys else ()
        return {command.id: command for command in _commands(found)}

    def waiting(self) -> list[Command]:
        """Return all that are not finished, oldest first."""
        items = self._table.query(self._installation, _PREFIX, consistent=True)
        return [command for command in _commands(items) if command.state is CommandState.WAITING]

    def finish(self, command: Command, result: Mapping[str, Any]) -> Command:
        """Note that a command is done. One that was finished before stays as it is."""
        return self._end(replace(command, state=CommandState.DONE, result=dict(result)))

    def refuse(self, command: Command, code: str, params: Mapping[str, Any]) -> Command:
        """Note that a command is refused for good, with a code and ids for the reader's screen."""
        return self._end(replace(command, state=CommandState.REFUSED, result={"code": code, "params": dict(params)}))

    def go_on(self, command: Command, progress: Mapping[str, Any]) -> Command:
        """Note how far a command has come."""
        self._change(command, "SET #progress = :progress", {"progress": dict(progress)})
        return replace(command, progress=dict(progress))

    def _end(self, command: Command) -> Command:
        expires_at = int(self._table.store.clock.now()) + KEPT_SECONDS
        self._change(
            command,
            "SET #state = :state, #result = :result, #expires_at = :expires_at",
            {"state": command.state.value, "result": command.result, "expires_at": expires_at},
        )
        return command

    def _change(self, command: Command, change: str, values: Item) -> None:
        try:
            self._table.update(
                self._installation,
                _PREFIX + command.id,
                change=change,
                when="#state = :waiting",
                values={**values, "waiting": CommandState.WAITING.value},
            )
        except Conflict:
            return  # an answer that was lost: this very change was made before


def _commands(items: Iterable[Item]) -> Iterator[Command]:
    return (command for command in map(_command, items) if command is not None)


def _command(item: Item) -> Command | None:
    """Read a command; None for a kind that only a later version knows, which it is left to."""
    if item["kind"] not in CommandKind:
        return None
    return Command(
        id=str(item["key"]).removeprefix(_PREFIX),
        kind=CommandKind(item["kind"]),
        params=item["params"],
        by=item["by"],
        at=item["at"],
        progress=item["progress"],
        state=CommandState(item["state"]),
        result=item["result"],
    )
