"""T73: a runner has time for all of its probes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.probes import APART_SECONDS, CONCURRENT, RESERVE_SECONDS, TIMEOUT_SECONDS, Probe

CODE = "T73"
NAME = "probes-in-time"
TITLE = "The probes of one runner fit into one run, even if each of them takes its whole timeout."
SUMMARY = "The probes of one runner fit into one run."
WHY = (
    f"A runner starts {round(1 / APART_SECONDS)} probes a second, at most {CONCURRENT} at a time, and stops after"
    f" {TIMEOUT_SECONDS} seconds, before the next run begins. If all targets hang at once, probes for which there is no"
    " time left are not run: their alarms keep their state, during the very outage that they are for."
)
SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"
_MANY = ",\n  ".join(", ".join(f"p{row * 8 + column}: *probe" for column in range(8)) for row in range(8))
BAD = f"""\
probes: {{
  first: &probe {{type: tcp, host: db.example.com, port: 5432, timeout: 30s}},
  {_MANY}
}}
"""
GOOD = """\
probes: {first: {type: tcp, host: db.example.com, port: 5432, timeout: 30s}}
"""
_USABLE = TIMEOUT_SECONDS - RESERVE_SECONDS


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each runner with a minute in which its probes need too long."""
    estate = subject.estate
    for runner in estate.probe_runners:
        own = [probe for probe in estate.probes if runner.account in probe.places]
        seconds = max((_seconds(due) for due in _by_minute(own)), default=0)
        if seconds > _USABLE:
            longest = max(own, key=lambda probe: (probe.timeout, probe.key))
            needed = f"up to {seconds} seconds in one run, which has {_USABLE}"
            message = f"the {len(own)} probes of `{runner.account}` need {needed}"
            hint = "reduce timeouts, increase `every`, or run some of them from another account"
            yield Finding(CODE, message, (*longest.path, "timeout"), hint=hint)


def _by_minute(probes: Sequence[Probe]) -> Iterator[list[Probe]]:
    """The probes that are due in each minute of an hour."""
    for minute in range(60):
        yield [probe for probe in probes if (minute - probe.offset) % (probe.every // 60) == 0]


def _seconds(due: Sequence[Probe]) -> int:
    """How long they take if each takes its timeout: the first to be free takes the next one, in the order of keys."""
    ends = [0.0] * CONCURRENT
    for number, probe in enumerate(sorted(due, key=lambda probe: probe.key)):
        heapq.heapreplace(ends, max(ends[0], number * APART_SECONDS) + probe.timeout)
    return math.ceil(max(ends))
