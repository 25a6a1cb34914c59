"""`python -m bench.round_trip [GOLDEN…]`: import(build(spec)) for every golden, and what is not equal afterwards.

The tests do the same with some of them; all take half a minute of processor time.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.round_trip import CASES, losses, round_trip


def main() -> None:
    """Print the losses of each golden, and the sums."""
    began = time.process_time()
    counts: Counter[str] = Counter()
    for case in sys.argv[1:] or CASES:
        comparison = round_trip(case)
        counts.update(str(one.outcome) for one in comparison.resources)
        for name, why in losses(comparison).items():
            print(f"{case}: {name}: {why[:300]}")
    print(f"{dict(sorted(counts.items()))} in {time.process_time() - began:.1f} s")


if __name__ == "__main__":
    main()
