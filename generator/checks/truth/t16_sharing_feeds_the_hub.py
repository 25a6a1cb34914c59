"""T16: members share with the hub what the hub reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from generator.checks import hub_reads
from generator.checks.check import Subject
from generator.checks.hub_reads import HubRead
from generator.findings import Finding, Path
from generator.model.estate import Estate
from generator.model.governance import LOGS, METRICS
from generator.model.link_filters import LinkFilter

CODE = "T16"
NAME = "sharing-feeds-the-hub"
TITLE = "Members share with the hub the metrics and logs that the hub reads."
WHY = (
    "An alarm or a graph of the hub reads the metrics of a member only through a link that shares metrics, a"
    " Contributor Insights rule or a log table only through one that shares logs. Without the link they never have"
    " data. The same is true of namespaces and log groups that a link's filter excludes."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html"
BAD = """\
access: {sharing: [logs]}
alarms:
  errors: {in: hub, over: each-account}
"""
GOOD = """\
access: {sharing: [logs, metrics]}
alarms:
  errors: {in: hub, over: each-account}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each path that reads through a link that does not exist, or that excludes what it reads."""
    estate = subject.estate
    yield from _not_shared(estate, hub_reads.metrics(estate), METRICS, "metrics")
    yield from _not_shared(estate, hub_reads.log_groups(estate), LOGS, "logs")


def _not_shared(estate: Estate, readings: Iterable[HubRead], kind: str, word: str) -> Iterator[Finding]:
    """One finding for each path if the kind is not shared at all, otherwise one for each path and name."""
    if not estate.shares(kind):
        first = {reading.path: reading for reading in reversed([*readings]) if reading.by_name}
        for reading in sorted(first.values(), key=lambda reading: [str(step) for step in reading.path]):
            message = f"{reading.who} members' {word}, which are not shared with the hub"
            yield _finding(reading, message, f"set access: {{sharing: [{word}]}}")
        return
    passes = estate.shares_metrics_of if kind == METRICS else estate.shares_log_group
    chosen = _filter(estate, kind)
    for reading in dict.fromkeys(readings):
        if chosen and reading.name and not passes(reading.name):
            message = f"{reading.who} {reading.name} of members, which their links exclude"
            hint = f"{'remove it from' if chosen.excludes else 'add it to'} {'.'.join(map(str, chosen.path))}"
            yield _finding(reading, message, hint, chosen.path)


def _filter(estate: Estate, kind: str) -> LinkFilter | None:
    sharing = estate.sharing
    return (sharing.namespaces if kind == METRICS else sharing.log_groups) if sharing else None


def _finding(reading: HubRead, message: str, hint: str, other: Path = ()) -> Finding:
    also = ((other, "what is shared"),) if other else ()
    on: Literal["key", "value"] = "key" if reading.on_key else "value"
    return Finding(CODE, message, reading.path, hint=hint, on=on, also=also)
