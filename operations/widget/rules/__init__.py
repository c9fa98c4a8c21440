"""What Kommo and amoCRM ask of an archive, as checks: contract section 11, and the requirements for the marketplace."""

from operations.widget.archive import Archive
from operations.widget.rules.rule import Problem, Rule

RULES: tuple[Rule, ...] = ()


def problems(archive: Archive) -> list[Problem]:
    """Return all that is wrong with an archive."""
    return [problem for rule in RULES for problem in rule(archive)]
