"""Saving settings: checked against what both sides have, whole, over the version that was seen (A27)."""

from collections.abc import Callable
from dataclasses import dataclass

from bookdeal.installs.settings import SettingsStore
from bookdeal.installs.settings_check import Facts, Fault, validate
from bookdeal.installs.settings_file import Imported, SettingsFile, export, imported
from bookdeal.model.settings import Settings
from bookdeal.runtime.errors import Faulty

FOR_SETTINGS = frozenset({"stage_gone", "field_gone"})
"""Reasons of a pause that new settings take away: what the former ones named is not in the account any more."""

type FactsReader = Callable[[bool], Facts]
"""Returns what both sides have: as it was known minutes ago or, when asked, as it is now."""


@dataclass(frozen=True, slots=True)
class Saving:
    """Saves the settings of one installation. `account` is its Kommo account."""

    store: SettingsStore
    installation: str
    account: int
    facts: FactsReader

    def save(self, settings: Settings, seen_version: int) -> Settings:
        """Store settings and return them with their own version.

        Raises Faulty with every fault at its field, Conflict("settings_changed") for another version.
        """
        self.check(settings)
        return self.store.save(self.installation, settings, seen_version)

    def check(self, settings: Settings, at: str = "") -> None:
        """Raise Faulty with every fault of settings at its field; `at` goes before each field's path."""
        faults = self.faults(settings)
        if faults:
            raise Faulty([(fault.code, f"{at}{fault.field}", fault.params) for fault in faults])

    def faults(self, settings: Settings) -> list[Fault]:
        """Return what is wrong with settings. What was made a moment ago counts: before a refusal, all is read anew."""
        return validate(settings, self.facts(False)) and validate(settings, self.facts(True))

    def export(self) -> SettingsFile:
        """Return the settings as a file."""
        return export(self.store.read(self.installation), self.account, self.facts(False))

    def imported(self, file: SettingsFile) -> Imported:
        """Return what a file's settings would be here; nothing is saved."""
        return imported(file, self.account, self.facts(True), self.store.read(self.installation))
