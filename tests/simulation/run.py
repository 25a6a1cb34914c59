"""Run worlds, and show what was violated.

python -m tests.simulation.run                        200 worlds
python -m tests.simulation.run --worlds 10000         a night's run; every fault point must have happened
python -m tests.simulation.run --causes               worlds whose alarms have causes (causes.py), and their accounting
python -m tests.simulation.run --mutes                worlds in which alarms are muted (mutes.py); with --causes, too
python -m tests.simulation.run --removals             alarms that leave the file (removals.py); with --causes, too
python -m tests.simulation.run --seed 54              one world, with its log; with --causes one of those
python -m tests.simulation.run --seed 54 --shrink S15 a small script that still violates S15
python -m tests.simulation.run --script FILE          a script or a regression, with its log
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation import causes, mutes, removals, system
from tests.simulation.cause_accounting import Accounting
from tests.simulation.generate import script
from tests.simulation.script import Script, from_data, to_json
from tests.simulation.shrink import shrink
from tests.simulation.simulation import Outcome, simulate


@dataclass(slots=True)
class Summary:
    """Of many worlds. first: of each violated invariant the first seed. worlds_by_code: how many worlds violate it."""

    worlds: int = 0
    invocations: int = 0
    seconds: float = 0.0
    reached: Counter[str] = field(default_factory=Counter)
    worlds_by_code: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    accounting: Accounting = field(default_factory=Accounting)

    def add(self, seed: int, outcome: Outcome) -> None:
        """One more world."""
        self.worlds += 1
        self.invocations += outcome.invocations
        self.reached += outcome.reached
        self.accounting.add(outcome.accounting)
        for code in outcome.codes():
            self.worlds_by_code[code] += 1
            self.first.setdefault(code, seed)
        self.broken += [
            f"seed {seed}: {violation}" for violation in outcome.violations if violation.code in system.GUARANTEED
        ]

    def missing(self) -> list[str]:
        """Fault points that never happened."""
        return sorted(set(system.POINTS) - set(self.reached))


Make = Callable[[int, Iterable[str]], Script]
# By whether alarms have causes, and whether some are muted.
_MAKERS: dict[tuple[bool, bool], Make] = {
    (False, False): script,
    (True, False): causes.script,
    (False, True): mutes.script,
    (True, True): mutes.of_causes,
}
_REMOVALS: dict[bool, Make] = {False: removals.script, True: removals.of_causes}


def worlds(first: int, count: int, make: Make = script) -> Iterator[tuple[int, Outcome]]:
    """Seeds and outcomes."""
    # Worlds are full of cycles; collecting them now and then is cheaper than whenever Python thinks so.
    was_on = gc.isenabled()
    gc.disable()
    try:
        for number in range(count):
            yield first + number, simulate(make(first + number, system.POINTS))
            if number % 10 == 9:
                gc.collect()
    finally:
        if was_on:
            gc.enable()


def run(first: int, count: int, make: Make = script) -> Summary:
    """So many worlds, and what came of them."""
    summary, began = Summary(), time.perf_counter()
    for seed, outcome in worlds(first, count, make):
        summary.add(seed, outcome)
    summary.seconds = time.perf_counter() - began
    return summary


def _one(chosen: Script, code: str | None) -> int:
    if code:
        sys.stdout.write(to_json(shrink(chosen, code)))
        return 0
    outcome = simulate(chosen)
    sys.stdout.write("\n".join([*outcome.log, *map(str, outcome.violations)]) + "\n")
    return 1 if outcome.codes() & system.GUARANTEED else 0


def main() -> int:
    """Exit code 1 where a guaranteed invariant was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.run")
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--shrink", metavar="CODE")
    parser.add_argument("--causes", action="store_true")
    parser.add_argument("--mutes", action="store_true")
    parser.add_argument("--removals", action="store_true")
    given = parser.parse_args()
    make = _REMOVALS[given.causes] if given.removals else _MAKERS[given.causes, given.mutes]
    if given.script:
        data = json.loads(given.script.read_text(encoding="utf-8"))
        return _one(from_data(data.get("script", data)), given.shrink)
    if given.seed is not None:
        return _one(make(given.seed, system.POINTS), given.shrink)
    summary = run(given.first, given.worlds, make)
    rate = summary.worlds / summary.seconds
    sys.stdout.write(
        f"{summary.worlds} worlds, {summary.invocations} invocations in {summary.seconds:.1f} s, {rate:.1f} worlds/s\n"
    )
    if given.causes:
        sys.stdout.write(f"  {summary.accounting}\n")
    for code, number in sorted(summary.worlds_by_code.items()):
        state = "guaranteed" if code in system.GUARANTEED else "not yet guaranteed"
        sys.stdout.write(f"  {code:4} violated in {number} worlds, first in seed {summary.first[code]} ({state})\n")
    for point, number in sorted(summary.reached.items()):
        sys.stdout.write(f"  {number:8} {point}\n")
    for line in [*summary.broken, *(f"never happened: {point}" for point in summary.missing())]:
        sys.stdout.write(f"{line}\n")
    return 1 if summary.broken or (given.worlds >= 1_000 and summary.missing()) else 0


if __name__ == "__main__":
    sys.exit(main())
