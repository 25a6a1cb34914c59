"""Ten thousand worlds of each kind, and the figures of the path at its worst: `python -m bench.simulation`; hours.

The first exits with 1 where what is guaranteed was violated, or a fault point never happened; see
tests/simulation/README.md.
"""

from __future__ import annotations

import sys

from tests.simulation import figures, group_figures, run

WORLDS = 10_000


def main() -> int:
    """Exit code 1 where either does not hold."""
    given = ["--worlds", str(WORLDS), *sys.argv[1:]]
    failed = 0
    for more in ([], ["--causes"]):
        sys.argv[1:] = [*given, *more]
        failed = max(failed, run.main())
    return max(failed, figures.main(), group_figures.main())


if __name__ == "__main__":
    sys.exit(main())
