"""What redaction takes: ordinary lines, the worst that is known, and the first use. `python -m bench.redaction`."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Sequence

from handlers.common.redact import LIMIT, Options, redact
from tests.handlers.redaction.adversarial import FRAGMENTS
from tests.handlers.redaction.corpus import SETS, lines

EVERYTHING = Options(phone_numbers=True, national_ids=True)
ROUNDS, MIXED = 3, 1000
FIRST_USE = """
import sys, time
import re, typing
sys.path.insert(0, ".")
begun = time.process_time(); from handlers.common.redact import redact
imported = time.process_time(); redact("password=x")
print((imported - begun) * 1000, (time.process_time() - imported) * 1000)
"""


def milliseconds(text: str) -> float:
    """CPU time of one redaction with every option on, the least of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        redact(text, EVERYTHING)
        best = min(best, (time.process_time() - begun) * 1000)
    return best


def full(parts: Sequence[str]) -> str:
    """The parts over and over, to the length at which text is cut."""
    return ("".join(parts) * LIMIT)[:LIMIT]


def main() -> None:
    """Prints a table."""
    generator = random.Random(1)  # the same mixtures in every run
    ordinary = [milliseconds(line.text) for name in SETS for line in lines(name)]
    long = milliseconds(full([line.text + "\n" for name in SETS for line in lines(name)]))
    mixtures = [(fragment,) for fragment in FRAGMENTS]
    mixtures += [tuple(generator.sample(FRAGMENTS, generator.choice((2, 2, 3, 4)))) for _ in range(MIXED)]
    worst, parts = max((milliseconds(full(mixture)), mixture) for mixture in mixtures)
    done = subprocess.run([sys.executable, "-B", "-c", FIRST_USE], capture_output=True, text=True, check=True)
    imported, first = (float(part) for part in done.stdout.split())
    print("| what | CPU |", "| --- | --- |", sep="\n")
    print(f"| a line of the sets, median | {sorted(ordinary)[len(ordinary) // 2]:.2f} ms |")
    print(f"| {LIMIT:,} characters of such lines | {long:.1f} ms |")
    print(f"| the worst of {len(mixtures):,} lines of {LIMIT:,} characters made to be slow | {worst:.1f} ms |")
    print(f"| import, without bytecode | {imported:.1f} ms |")
    print(f"| first use, without bytecode | {first:.1f} ms |")
    print(f"\nworst: {parts!r}")


if __name__ == "__main__":
    main()
