"""`make widget`: packs the archives for Kommo and amoCRM, and checks them as those two do."""

import argparse
import gzip
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from operations.widget import brand as brands
from operations.widget.archive import WIDGET, Archive, NotPacked, pack
from operations.widget.brand import BadBrand
from operations.widget.rules import problems
from operations.widget.rules.modules import NoNode

OUT = WIDGET.parent / ".local" / "widget"
_HASH = re.compile(r"-[\w-]{8}(?=\.\w+$)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make widget", description="Packs the widget and checks its archives.")
    parser.add_argument("--api", default="", help="address of the stack, ApiUrl; goes before the brand's own")
    parser.add_argument("--brand", type=Path, default=WIDGET / "brand", help="brand folder")
    parser.add_argument("--build", type=Path, default=WIDGET / "build", help="what Vite made")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the archives")
    parser.add_argument("--public", action="store_true", help="pack for the marketplace, whatever the brand says")
    given = parser.parse_args(arguments)
    try:
        api = given.api or brands.load(given.brand).api
        if not api:
            raise NotPacked('it needs API=https://…, the address of the stack, or "api" in brand.json')
        packed = pack(given.build, given.brand, api, given.out, public=given.public or None)
        found = [f"{one.path.name}: {problem}" for one in packed for problem in problems(one.archive)]
    except (NotPacked, BadBrand, NoNode, ValueError, OSError) as error:
        print(f"make widget: {error}", file=sys.stderr)
        return 1
    if found:
        # Nobody shall upload what was found wanting.
        for one in packed:
            one.path.unlink()
        print("\n".join(found), f"make widget: {len(found)} problems", sep="\n", file=sys.stderr)
        return 1
    print(sizes(packed[0].archive))
    for one in packed:
        print(f"  packed {one.path} ({_kilobytes(one.path.stat().st_size)} kB) for {one.archive.edition.title}")
    return 0


def sizes(archive: Archive) -> str:
    """Return the sizes of what a browser loads, as they are and as they travel."""
    lines = [f"  {'':<28}{'kB':>8}{'gzip':>8}"]
    for name in sorted(archive.files):
        if name.endswith((".js", ".css")):
            content = archive.files[name]
            travelling = len(gzip.compress(content, mtime=0))
            lines.append(f"  {_HASH.sub('-…', name):<28}{_kilobytes(len(content)):>8}{_kilobytes(travelling):>8}")
    return "\n".join(lines)


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
