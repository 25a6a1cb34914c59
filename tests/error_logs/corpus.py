"""Events with the error that each of them is, and how fingerprints did on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
# seen: looked at while the rules were tuned. unseen: written before there were rules; later: written after them, each
# line from another program. Both were measured before rules were mended for them; docs/fingerprints.md has the figures.
HALVES = ("seen", "unseen")
SETS = (*HALVES, "later")


@dataclass(frozen=True)
class Score:
    """Over pairs of events. precision: of those with one key, the part of one error. recall: of those of one error,
    the part with one key. group: F1 of events that are in a group which is exactly an error's.
    """

    precision: float
    recall: float
    group: float


def events(half: str) -> list[tuple[str, str]]:
    """(error, event) of a half, each event as it was joined."""
    found: list[tuple[str, str]] = []
    kind = ""
    for line in (FOLDER / f"{half}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            kind = line[3:]
        elif line.startswith(">"):
            found.append((kind, line[2:]))
        else:
            found[-1] = (kind, f"{found[-1][1]}\n{line[2:]}")
    return found


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def score(pairs: list[tuple[str, str]]) -> Score:
    """How keys agree with errors, of (error, key)."""
    errors, keys, both = Counter(e for e, _ in pairs), Counter(k for _, k in pairs), Counter(pairs)
    together = _pairs(both.values())
    exact = sum(1 for (error, key), count in both.items() if errors[error] == keys[key] == count)
    precise = together / _pairs(keys.values()) if _pairs(keys.values()) else 1.0
    found = together / _pairs(errors.values()) if _pairs(errors.values()) else 1.0
    return Score(precise, found, 2 * exact / (len(errors) + len(keys)))


def scored(half: str, key: Callable[[str], str]) -> Score:
    """How a function that makes keys does on a half."""
    return score([(error, key(event)) for error, event in events(half)])


def mistakes(half: str, key: Callable[[str], str]) -> list[str]:
    """Errors with several keys, and keys with several errors, in words."""
    made = [(error, key(event)) for error, event in events(half)]
    split = [f"{error}: {sorted({k for e, k in made if e == error})}" for error in {e for e, _ in made}]
    merged = [f"{k}: {sorted({e for e, o in made if o == k})}" for k in {k for _, k in made}]
    return sorted([s for s in split if "', '" in s] + [m for m in merged if "', '" in m])
