"""What a capture has and what it misses, counted from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator.capture.parts import PARTS
from generator.capture.types import Problem
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.needs import metric_needs
from generator.rollout.capture.request import CaptureRequest


@dataclass
class CaptureSummary:
    """rows: of all accounts, by part. places: accounts and Regions in which a part was read. kinds: of alarms.

    unread: alarms that read no metric by its name, for which there is no metric data.
    """

    rows: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unread: int = 0


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one call and code. accounts: how many have it. message: of the first."""

    part: str
    call: str
    code: str
    message: str
    accounts: int
    places: int


def summary_of(folder: CaptureFolder, request: CaptureRequest) -> CaptureSummary:
    """Count the rows of every file."""
    summary = CaptureSummary()
    for account in request.accounts:
        for region in account.regions:
            for part in PARTS:
                if folder.has(account.id, region, part):
                    summary.places[part] += 1
                    summary.rows[part] += folder.count(account.id, region, part)
            if folder.has(account.id, region, "alarms"):
                alarms = list(folder.rows(account.id, region, "alarms"))
                summary.kinds.update(alarm["AlarmType"] for alarm in alarms)
                summary.unread += len(metric_needs(account.id, alarms, (), ()).unread)
    return summary


def grouped(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Problems by part, call and code."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.part, problem.call, problem.code), []).append(problem)
    return [
        ProblemGroup(
            *key,
            min(problem.message for problem in group),
            len({problem.account for problem in group}),
            len({(problem.account, problem.region) for problem in group}),
        )
        for key, group in sorted(groups.items())
    ]


def kinds_in_words(kinds: Mapping[str, int]) -> str:
    """Such as `4,890 metric, 122 composite`."""
    words = {"MetricAlarm": "metric", "CompositeAlarm": "composite", "LogAlarm": "log"}
    return ", ".join(f"{kinds[kind]:,} {word}" for kind, word in words.items() if kinds.get(kind))
