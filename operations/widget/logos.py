"""Draws the logos of a brand from its mark and its wordmark: `make logos BRAND=folder GROUND=#0b4f5c`."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import resvg_py

from operations.widget.archive import WIDGET

GROUND = "#0b4f5c"
_VIEW_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Box:
    """Where a drawing goes, in the logo's pixels; its height follows."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Logo:
    """One of the logos that Kommo asks for. The small ones have no room for the name."""

    file: str
    width: int
    height: int
    mark: Box
    wordmark: Box | None = None


LOGOS = (
    Logo("logo.png", 130, 100, Box(37, 10, 56), Box(23, 71, 84)),
    Logo("logo_small.png", 108, 108, Box(12, 12, 84)),
    Logo("logo_main.png", 400, 272, Box(140, 38, 120), Box(101, 182, 198)),
    Logo("logo_medium.png", 240, 84, Box(16, 14, 56), Box(84, 26, 136)),
    Logo("logo_min.png", 84, 84, Box(10, 10, 64)),
)


def draw(logo: Logo, mark: str, wordmark: str, ground: str = GROUND) -> bytes:
    """Return a logo as PNG. Both drawings are SVG documents, drawn to stand on the ground's colour."""
    parts = [_placed(mark, logo.mark), *([_placed(wordmark, logo.wordmark)] if logo.wordmark else [])]
    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{logo.width}" height="{logo.height}">'
        f'<rect width="100%" height="100%" fill="{ground}"/>{"".join(parts)}</svg>'
    )
    return resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True)


def _placed(drawing: str, box: Box) -> str:
    found = _VIEW_BOX.search(drawing)
    if found is None:
        raise ValueError('a drawing needs viewBox="0 0 <width> <height>"')
    height = box.width * float(found[2]) / float(found[1])
    place = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{height:.3f}"'
    return drawing.replace("<svg ", f"<svg {place} ", 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a brand's logos; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make logos", description="Draws a brand's logos.")
    parser.add_argument("--brand", type=Path, default=WIDGET / "brand", help="brand folder")
    parser.add_argument("--ground", default=GROUND, help="colour that the mark stands on")
    given = parser.parse_args(arguments)
    folder = given.brand / "logos"
    try:
        mark, wordmark = ((folder / f"{name}.svg").read_text() for name in ("mark", "wordmark"))
        for logo in LOGOS:
            (folder / logo.file).write_bytes(draw(logo, mark, wordmark, given.ground))
    except (OSError, ValueError) as error:
        print(f"make logos: {error}", file=sys.stderr)
        return 1
    print(f"  drew {len(LOGOS)} logos in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
