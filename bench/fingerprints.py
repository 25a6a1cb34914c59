"""How fingerprints do on the 16 public sets of Loghub-2k: `python -m bench.fingerprints PATH`, a clone of it.

https://github.com/logpai/loghub: 2,000 lines of each of 16 programs with the template of each, for research only, so
they are not in this project. What is fingerprinted is the column `Content`, the message without time and level.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from handlers.error_logs.fingerprint import Rules, fingerprint
from tests.error_logs.corpus import Score, score

SHOWN = 12


def lines(path: Path) -> list[tuple[str, str]]:
    """(template, message) of a set."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["EventId"] + " " + row["EventTemplate"], row["Content"]) for row in csv.DictReader(file)]


def explain(made: list[tuple[str, str]]) -> None:
    """The templates with several shapes, and the shapes with several templates, most lines first."""
    split: dict[str, Counter[str]] = defaultdict(Counter)
    merged: dict[str, Counter[str]] = defaultdict(Counter)
    for template, shape in made:
        split[template][shape] += 1
        merged[shape][template] += 1
    for word, groups in (("split", split), ("merged", merged)):
        several = [(sum(c.values()), name, c) for name, c in groups.items() if len(c) > 1]
        for count, name, parts in sorted(several, reverse=True, key=lambda entry: entry[0])[:SHOWN]:
            print(f"  {word} {count}: {name[:200]}")
            for part, times in parts.most_common(4):
                print(f"      {times}: {part[:200]}")


def main(folder: Path, only: str = "") -> None:
    """Prints a table; with the name of a set, where its fingerprints and its templates differ."""
    scores: list[Score] = []
    seconds, count = 0.0, 0
    print("| set | P | R | group F1 |", "| --- | --- | --- | --- |", sep="\n")
    for path in sorted(folder.glob("*/*_2k.log_structured.csv")):
        if only and path.parent.name != only:
            continue
        entries = lines(path)
        begun = time.process_time()
        shapes = [fingerprint(message, Rules()) for _, message in entries]
        seconds, count = seconds + time.process_time() - begun, count + len(entries)
        made = [(template, found.key) for (template, _), found in zip(entries, shapes, strict=True)]
        scores.append(score(made))
        print(f"| {path.parent.name} | {scores[-1].precision:.3f} | {scores[-1].recall:.3f} | {scores[-1].group:.3f} |")
        if only:
            explain([(template, found.shape) for (template, _), found in zip(entries, shapes, strict=True)])
    means = [sum(getattr(s, name) for s in scores) / len(scores) for name in ("precision", "recall", "group")]
    print("| mean | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    print(f"\n{seconds / count * 1e6:.0f} µs a line")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m bench.fingerprints PATH [SET], PATH being a clone of github.com/logpai/loghub")
    main(Path(sys.argv[1]), *sys.argv[2:3])
