"""How a build grows, drawn: `python -m bench.curve` draws docs/pictures/growth.svg from bench/growth.json.

    python -m bench.curve --measure [--peers DIR]     measures anew first; DIR has cdk_app.js and aws-cdk-lib installed

Seconds of processor time, since a machine may be shared; the same numbers make the same bytes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.run import cdk_in_javascript, measured
from bench.scaling import ACCOUNTS, ALARMS
from bench.scaling import measured as built

ROOT = Path(__file__).parent.parent
NUMBERS, PICTURE = ROOT / "bench" / "growth.json", ROOT / "docs" / "pictures" / "growth.svg"
BEST_OF = 3
# The peers' programs do not make 20,000 alarms in reasonable time.
CDK_SIZES = (20, 200, 2_000)

Points = Mapping[str, float]
WIDTH, HEIGHT, LEFT, TOP, GAP, RIGHT = 340, 260, 60, 40, 70, 30
LEAST_S, MOST_S = 0.1, 100.0
OBSGEN, CDK = "#1f6feb", "#8b949e"


def measure(peers: Path | None, machine: str) -> dict[str, Any]:
    """The numbers: of each size the best of some processes."""

    def best(kind: str, size: int) -> float:
        return round(min(built(kind, size)["seconds"] for _ in range(BEST_OF)), 2)

    found: dict[str, Any] = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "machine": machine}
    found["alarms"] = {str(size): best("alarms", size) for size in ALARMS}
    found["accounts"] = {str(size): best("accounts", size) for size in ACCOUNTS}
    found["cdk"] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in CDK_SIZES if peers else ():
            _, command, settings = cdk_in_javascript(size, Path(folder), peers)
            found["cdk"][str(size)] = round(min(measured(command, settings).cpu_s for _ in range(BEST_OF)), 2)
    return found


def drawing(numbers: Mapping[str, Any]) -> str:
    """The picture, as SVG."""
    width, height = 2 * (LEFT + WIDTH) + GAP + RIGHT, TOP + HEIGHT + 60
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="12">',
        "<title>Processor seconds of a build without cfn-lint, by alarms and by accounts</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *_panel(0, "alarms", [("obsgen", OBSGEN, numbers["alarms"]), ("AWS CDK, JavaScript", CDK, numbers["cdk"])]),
        *_panel(
            LEFT + WIDTH + GAP, "accounts, 20 alarms with five overrides", [("obsgen", OBSGEN, numbers["accounts"])]
        ),
        f'<text x="{LEFT}" y="{height - 8}" fill="#57606a">{numbers["date"]}; {numbers["machine"]}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _panel(x: int, title: str, curves: Sequence[tuple[str, str, Points]]) -> Iterator[str]:
    """One diagram, both of whose axes are logarithmic."""
    sizes = sorted({int(size) for _, _, points in curves for size in points})
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def across(size: float) -> str:
        return f"{x + LEFT + WIDTH * (math.log10(size) - first) / (last - first):.1f}"

    def up(seconds: float) -> str:
        part = (math.log10(seconds) - math.log10(LEAST_S)) / (math.log10(MOST_S) - math.log10(LEAST_S))
        return f"{TOP + HEIGHT * (1 - part):.1f}"

    yield f'<text x="{x + LEFT}" y="20" font-weight="bold">CPU seconds by {title}</text>'
    for seconds in (0.1, 1, 10, 100):
        at = up(seconds)
        yield f'<line x1="{x + LEFT}" y1="{at}" x2="{x + LEFT + WIDTH}" y2="{at}" stroke="#d0d7de"/>'
        yield f'<text x="{x + LEFT - 8}" y="{float(at) + 4:.1f}" text-anchor="end">{seconds:g} s</text>'
    for size in sizes:
        yield f'<text x="{across(size)}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{size:,}</text>'
    for row, (name, colour, points) in enumerate(curves):
        if not points:
            continue
        places = [(across(int(size)), up(seconds), seconds) for size, seconds in points.items()]
        path = " ".join(f"{left},{at}" for left, at, _ in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for left, at, seconds in places:
            yield f'<circle cx="{left}" cy="{at}" r="3" fill="{colour}"/>'
            yield f'<text x="{left}" y="{float(at) - 8:.1f}" text-anchor="middle" fill="{colour}">{seconds:g}</text>'
        yield f'<text x="{x + LEFT + 10}" y="{TOP + 14 + 16 * row}" fill="{colour}">{name}</text>'


def main() -> None:
    """Draw, after measuring where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure anew")
    parser.add_argument("--peers", type=Path, help="the folder of cdk_app.js")
    parser.add_argument(
        "--machine", default="2 cores, CPython 3.11", help="the class of machine, as the picture says it"
    )
    chosen = parser.parse_args()
    if chosen.measure:
        NUMBERS.write_text(json.dumps(measure(chosen.peers, chosen.machine), indent=1) + "\n", encoding="utf-8")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawing(json.loads(NUMBERS.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
