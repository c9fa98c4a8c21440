"""What Kommo and amoCRM ask of an archive, and of a widget that they list, as checks."""

from operations.widget.archive import Archive
from operations.widget.rules import code, files, manifest, modules, styles
from operations.widget.rules.rule import Problem, Rule

RULES: tuple[Rule, ...] = (*files.RULES, *manifest.RULES, *modules.RULES, *code.RULES, *styles.RULES)


def problems(archive: Archive) -> list[Problem]:
    """Return all that is wrong with an archive. Raises modules.NoNode."""
    return [problem for rule in RULES for problem in rule(archive)]
