"""The archives of the widget as it was really built, with the brand of this repository."""

from pathlib import Path

import pytest

from operations.widget.archive import EDITIONS, WIDGET, pack
from operations.widget.rules import problems


@pytest.fixture(scope="module")
def build() -> Path:
    if not (WIDGET / "build" / "script.js").exists():
        pytest.fail("the widget is not built: run make widget/build (make test does)")
    return WIDGET / "build"


@pytest.mark.parametrize("public", [False, True])
def test_they_keep_every_rule(build: Path, tmp_path: Path, public: bool) -> None:
    packed = pack(build, WIDGET / "brand", "https://demo.kommo.com/hub", tmp_path, public=public)

    told = [f"{one.path.name}: {problem}" for one in packed for problem in problems(one.archive)]

    assert [one.archive.edition for one in packed] == list(EDITIONS)
    # The repository's own brand has links that lead nowhere: whoever lists the widget writes his own.
    assert [one for one in told if "leads nowhere" not in one] == []
