"""T16: members share with the hub what the hub reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
_MOST_LISTED = 3


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each link that is missing, and for each name that a link excludes; each with all its readers."""
    estate = subject.estate
    yield from _not_shared(estate, hub_reads.metrics(estate), METRICS, "metrics")
    yield from _not_shared(estate, hub_reads.log_groups(estate), LOGS, "logs")


def _not_shared(estate: Estate, readings: Iterable[HubRead], kind: str, word: str) -> Iterator[Finding]:
    """One finding if the kind is not shared at all, otherwise one for each name."""
    if not estate.shares(kind):
        of_members = [reading for reading in readings if reading.by_name]
        if of_members:
            hint = f"set access: {{sharing: [{word}]}}"
            yield _finding(of_members, f"members' {word}, which are not shared with the hub", hint)
        return
    passes = estate.shares_metrics_of if kind == METRICS else estate.shares_log_group
    chosen = _filter(estate, kind)
    excluded: dict[str, list[HubRead]] = {}
    for reading in readings:
        if chosen and reading.name and not passes(reading.name):
            excluded.setdefault(reading.name, []).append(reading)
    for name, readers in excluded.items():
        assert chosen
        hint = f"{'remove it from' if chosen.excludes else 'add it to'} {'.'.join(map(str, chosen.path))}"
        yield _finding(readers, f"{name} of members, which their links exclude", hint, chosen.path)


def _filter(estate: Estate, kind: str) -> LinkFilter | None:
    sharing = estate.sharing
    return (sharing.namespaces if kind == METRICS else sharing.log_groups) if sharing else None


def _finding(readings: Sequence[HubRead], what: str, hint: str, other: Path = ()) -> Finding:
    """At the first reader, by path, with a few of the others."""
    by_path = {reading.path: reading for reading in reversed(readings)}
    first, *rest = sorted(by_path.values(), key=lambda reading: [str(step) for step in reading.path])
    also = [(other, "what is shared")] if other else []
    also += [(reading.path, f"{reading.who} it, too") for reading in rest[:_MOST_LISTED]]
    more = f" ({len(rest)} more read it)" if len(rest) > _MOST_LISTED else ""
    on: Literal["key", "value"] = "key" if first.on_key else "value"
    return Finding(CODE, f"{first.who} {what}{more}", first.path, hint=hint, on=on, also=tuple(also))
