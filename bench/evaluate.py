"""How fast what is built is tried: log lines against filter patterns, and alarms through a month of minutes.

    python -m bench.evaluate [--lines 1000000] [--alarms 10000] [--days 30] [--only KIND ...]

Each figure is of a process of its own, pinned to one core where the system allows it. Lines have 150 to 400 bytes, no
two are the same, and one in some twenty matches a pattern; making them is not counted. "Pattern by pattern" tries each
pattern on all lines before the next, as one who knows only `Pattern.match` would; "by log group" is what a play does.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from generator.evaluate.metrics.log_metrics import log_metrics
from generator.evaluate.patterns.pattern import Pattern, PatternError, parse
from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import FilterResource, Transformation
from generator.evaluate.types import Deployed, LogLine, MetricId, Published

ACCOUNT, REGION, GROUP = "111111111111", "eu-west-1", "/shop"
AT_ONCE = 20_000
FIRST, MINUTE, DAY, TEMPLATE = 1_800_000_000, 60, 86_400, 500
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
COMPARISONS = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanOrEqualToThreshold")
LEVELS = ("INFO",) * 12 + ("DEBUG",) * 4 + ("WARN",) * 3 + ("ERROR",)
STATUS = (200,) * 14 + (201, 204, 301, 404, 429, 500)
SERVICES = ("checkout", "settlement", "ledger", "gateway")
WORDS = (
    "card",
    "order",
    "session",
    "token",
    "upstream",
    "cache",
    "queue",
    "retry",
    "batch",
    "refund",
    "started",
    "done",
)

TERMS = (
    "ERROR", '"[ERROR]"', "?FATAL ?PANIC ?OutOfMemory", "ERROR timeout", "ERROR -refund", '"upstream timed out"',
    "WARN retry -DEBUG", '"status=500"', "settlement ERROR", "NullPointerException",
)  # fmt: skip
JSON = (
    '{ $.level = "ERROR" }', "{ $.status >= 500 }", "{ $.latency > 2500 }", '{ $.level = "WARN" && $.latency > 1000 }',
    '{ $.service = "ledger" && $.status != 200 }', '{ $.error.code = "E1*" || $.error.code = "E2*" }',
    "{ $.retry IS TRUE }", "{ ($.status = 404 || $.status = 429) && $.latency > 500 }", "{ $.tags[0] = %^slow% }",
    '{ $.user.region = "eu-*" && $.user.plan NOT EXISTS }',
)  # fmt: skip
FIELDS = (
    "[ip, id, user, time, request, status = 5*, bytes]", "[ip, id, user, time, request, status >= 400, bytes, ...]",
    "[ip, id, user, time, request, status, bytes > 90000, ...]", '[ip != "10.*", ...]', "[..., agent = *bot*]",
    '[ip, id, user, time, request = "POST *", status = 4*, ...]', "[ip, id, user = bob, ...]", "[..., ms > 900, agent]",
    "[ip, id, user, time, request = %refund/[0-9]+%, status != 200, ...]",
    "[ip = 10.*, id, user, time, request, status = 404 || status = 429, bytes, rest]",
)  # fmt: skip
REGEX = (
    "%ERROR%", "%status=5\\d\\d%", "%timeout|refused|reset%", "%latency=\\d{4,}%", "%^\\d{4}-\\d\\d-\\d\\d.*FATAL%",
    "%user=[a-f0-9]+ .*status=4[0-9]{2}%",
    "%ip=\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.7 .*status=5%",
    "%[A-Z][a-z]+Exception%", "%\\d+\\.\\d+\\.\\d+\\.\\d+ .* [45]0[0-9] .*refund%", "%E\\d{4}$%",
)  # fmt: skip


def _text(one: random.Random) -> str:
    words = " ".join(one.choices(WORDS, k=one.randint(8, 30)))
    level, failed = one.choice(LEVELS), one.random() < 0.02
    return (
        f"2026-03-{one.randint(1, 28):02}T12:{one.randint(0, 59):02}:07.{one.randint(0, 999):03}Z [{level}] "
        f"{one.choice(SERVICES)} order-{one.getrandbits(40)} user={one.getrandbits(48):x} "
        f"ip=10.0.{one.randint(0, 255)}.{one.randint(0, 255)} latency={int(one.expovariate(0.004))} "
        f"status={one.choice(STATUS)} {words}"
        f"{' upstream timed out: E' + str(one.randint(1000, 9999)) if failed else ''}"
    )


def _json(one: random.Random) -> str:
    failed = f', "error": {{"code": "E{one.randint(1000, 9999)}"}}' if one.random() < 0.05 else ""
    words = " ".join(one.choices(WORDS, k=one.randint(2, 12)))
    return (
        f'{{"time": "2026-03-{one.randint(1, 28):02}T12:00:07.{one.randint(0, 999):03}Z", '
        f'"level": "{one.choice(LEVELS)}", "service": "{one.choice(SERVICES)}", '
        f'"request": "{one.getrandbits(64):016x}", "status": {one.choice(STATUS)}, '
        f'"latency": {one.expovariate(0.004):.1f}, "retry": {"true" if one.random() < 0.02 else "false"}, '
        f'"user": {{"id": {one.getrandbits(32)}, "region": "{one.choice(("eu-west-1", "us-east-1", "us-west-2"))}", '
        f'"plan": "basic"}}, "tags": ["{one.choice(WORDS)}", "v2"], "message": "{words}"{failed}}}'
    )


def _fields(one: random.Random) -> str:
    method, user = one.choice(("GET", "GET", "GET", "PUT", "POST")), one.choice(("-", "-", "-", "alice", "bob"))
    agents = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "curl/8.7.1")
    agent = "Mozilla/5.0 (compatible; searchbot/2.1)" if one.random() < 0.02 else one.choice(agents)
    path = "/".join(one.choices(WORDS, k=one.randint(2, 8)))
    return (
        f"10.{one.randint(0, 255)}.{one.randint(0, 255)}.7 - {user} [{one.randint(1, 28):02}/Mar/2026:12:00:07 +0000] "
        f'"{method} /{path}/{one.getrandbits(40)} HTTP/1.1" {one.choice(STATUS)} {int(one.expovariate(0.00005))} '
        f'"https://shop.example.com/{one.choice(WORDS)}" {int(one.expovariate(0.004))} "{agent}"'
    )


def _mixed(one: random.Random) -> str:
    return one.choice((_text, _json, _fields))(one)


KINDS: dict[str, tuple[tuple[str, ...], Callable[[random.Random], str]]] = {
    "terms": (TERMS, _text),
    "regex": (REGEX, _text),
    "fields": (FIELDS, _fields),
    "json": (JSON, _json),
    "mixed": ((*TERMS[:3], *REGEX[:2], *FIELDS[:2], *JSON[:3]), _mixed),
}


def _chunks(kind: str, count: int) -> Iterator[list[str]]:
    one, make = random.Random(7), KINDS[kind][1]
    for first in range(0, count, AT_ONCE):
        yield [make(one) for _ in range(min(AT_ONCE, count - first))]


def _patterns(kind: str) -> list[Pattern]:
    parsed = [parse(pattern) for pattern in KINDS[kind][0]]
    wrong = [one.message for one in parsed if isinstance(one, PatternError)]
    assert not wrong, wrong
    return [one for one in parsed if isinstance(one, Pattern)]


def pattern_by_pattern(kind: str, count: int) -> str:
    """Seconds for all lines, one pattern after the other."""
    patterns, seconds, matched = _patterns(kind), 0.0, 0
    for lines in _chunks(kind, count):
        began = time.process_time()
        for pattern in patterns:
            match = pattern.match
            matched += sum(1 for line in lines if match(line) is not None)
        seconds += time.process_time() - began
    return f"{seconds:.1f} s, {matched:,} matches"


def by_log_group(kind: str, count: int) -> str:
    """Seconds for all lines, as a play tries them."""
    to = Transformation("Shop", "Errors", "1", 0.0)
    filters = [FilterResource(ACCOUNT, REGION, f"F{n}", GROUP, text, (to,)) for n, text in enumerate(KINDS[kind][0])]
    seconds, values, at = 0.0, 0, 0
    for texts in _chunks(kind, count):
        lines = [LogLine(ACCOUNT, REGION, GROUP, at + n // 100, text) for n, text in enumerate(texts)]
        at += AT_ONCE // 100
        began = time.process_time()
        values += len(log_metrics(filters, lines).values)
        seconds += time.process_time() - began
    return f"{seconds:.1f} s, {values:,} values"


class Month:
    """A metric's values, made anew whenever they are asked for: nobody holds 432 million numbers.

    Three of four publish every minute, one every five; hours of silence, single gaps, spikes of some minutes.
    """

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count = seed, count

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        one = np.random.default_rng(self._seed)
        values = one.random(self._count)
        values[one.integers(0, self._count, self._count // 200)] = np.nan
        for at in one.integers(0, self._count, self._count // 7000):
            values[at : at + 90] = np.nan
        for at in one.integers(0, self._count, self._count // 2000):
            values[at : at + 6] += 5.0
        if self._seed % 4 == 3:
            values[np.arange(self._count) % 5 != 0] = np.nan
        return values


def _alarm(number: int) -> dict[str, Any]:
    """Of eight: five on a minute, two on five minutes, one of metric math; every treatment, comparison and M of N."""
    periods = (1, 3, 5, 15)[number % 4]
    shared = {
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": (periods + 1) // 2,
        "Threshold": 0.0 if number % 3 == 2 else 4.0,
        "ComparisonOperator": COMPARISONS[number % 3],
        "TreatMissingData": TREATMENTS[number // 4 % 4],
    }
    name = {"Namespace": "Shop", "MetricName": f"M{number}"}
    if number % 8 == 7:
        stat = {"Metric": name, "Period": MINUTE, "Stat": "Maximum"}
        entries = [
            {"Id": "e1", "Expression": "IF(m1 > 4, m1, m1 / 2)"},
            {"Id": "m1", "MetricStat": stat, "ReturnData": False},
        ]
        return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**shared, "Metrics": entries}}
    period, statistic = ((60, "Sum"), (60, "Average"), (300, "Maximum"), (60, "Maximum"))[number % 4]
    single = (
        {"Statistic": statistic, "Period": period} if number % 8 != 6 else {"ExtendedStatistic": "p90", "Period": 300}
    )
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**shared, **name, **single}}


def month(count: int, days: int) -> str:
    """Seconds for so many alarms, each on a metric of its own, in templates of 500."""
    began = time.process_time()
    stacks = [
        Deployed(
            {"Resources": {f"Alarm{n}": _alarm(n) for n in range(first, min(first + TEMPLATE, count))}},
            ACCOUNT, REGION,
        )
        for first in range(0, count, TEMPLATE)
    ]  # fmt: skip
    minutes = days * DAY // MINUTE
    published = [
        Published(MetricId(ACCOUNT, REGION, "Shop", f"M{n}"), FIRST, MINUTE, Month(n, minutes)) for n in range(count)
    ]
    played = simulate(stacks, published, [], FIRST, FIRST + days * DAY)
    assert not played.unknown, played.unknown
    seconds = time.process_time() - began
    began = time.process_time()
    for one in published:
        np.asarray(one.values)
    making = time.process_time() - began
    return f"{seconds:.1f} s ({making:.1f} s of it to make the values), {len(played.transitions):,} changes"


def _measures(chosen: argparse.Namespace) -> dict[str, Callable[[], str]]:
    found: dict[str, Callable[[], str]] = {}
    for kind in KINDS:
        found[f"{kind}, pattern by pattern"] = lambda kind=kind: pattern_by_pattern(kind, chosen.lines)  # type: ignore[misc]
        found[f"{kind}, by log group"] = lambda kind=kind: by_log_group(kind, chosen.lines)  # type: ignore[misc]
    found["alarms"] = lambda: month(chosen.alarms, chosen.days)
    return found


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, each in a process of its own, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--alarms", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--here", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    measures = _measures(chosen)
    if chosen.here:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print(f"{measures[chosen.here]()}, peak {_peak():.0f} MiB")
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}")
    sizes = ["--lines", str(chosen.lines), "--alarms", str(chosen.alarms), "--days", str(chosen.days)]
    for name in measures:
        if not chosen.only or any(part in name for part in chosen.only):
            command = [sys.executable, "-m", "bench.evaluate", *sizes, "--here", name]
            found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            print(f"| {name} | {found} |", flush=True)


if __name__ == "__main__":
    main()
