"""T16: what the hub looks at is shared with it."""

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
TITLE = "What the hub looks at in the members is shared with it."
WHY = (
    "An alarm or a graph of the hub sees the metrics of a member only through a link that shares metrics, a Contributor"
    " Insights rule or a log table only through one that shares logs. Without it they see nothing, for ever. Of a"
    " link that shares only some namespaces or log groups the same is true of the others."
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
    """A finding for each reader that looks through a link which is not there, or which leaves out what it reads."""
    estate = subject.estate
    yield from _not_shared(estate, hub_reads.metrics(estate), METRICS, "metrics")
    yield from _not_shared(estate, hub_reads.log_groups(estate), LOGS, "logs")


def _not_shared(estate: Estate, readings: Iterable[HubRead], kind: str, word: str) -> Iterator[Finding]:
    """Of a kind that is not shared at all each place once, else each place and name."""
    if not estate.shares(kind):
        first = {reading.path: reading for reading in reversed([*readings]) if reading.by_name}
        for reading in sorted(first.values(), key=lambda one: [str(step) for step in one.path]):
            message = f"{reading.who} members' {word}, which are not shared with it"
            yield _finding(reading, message, f"access: {{sharing: [{word}]}}")
        return
    passes = estate.shares_metrics_of if kind == METRICS else estate.shares_log_group
    chosen = _filter(estate, kind)
    for reading in dict.fromkeys(readings):
        if chosen and reading.name and not passes(reading.name):
            message = f"{reading.who} {reading.name} of members, which their links leave out"
            hint = f"{'take it out of' if chosen.excludes else 'add it to'} {'.'.join(map(str, chosen.path))}"
            yield _finding(reading, message, hint, chosen.path)


def _filter(estate: Estate, kind: str) -> LinkFilter | None:
    sharing = estate.sharing
    return (sharing.namespaces if kind == METRICS else sharing.log_groups) if sharing else None


def _finding(reading: HubRead, message: str, hint: str, other: Path = ()) -> Finding:
    also = ((other, "what is shared"),) if other else ()
    on: Literal["key", "value"] = "key" if reading.on_key else "value"
    return Finding(CODE, message, reading.path, hint=hint, on=on, also=also)
