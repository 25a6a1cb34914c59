"""A comparison as text for people, and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from generator.importer.compare.types import ComparedResource, ImportComparison, ImportOutcome
from generator.wording import pluralize, visible

_NOUNS = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::AnomalyDetector": "anomaly detector",
    "AWS::CloudWatch::CompositeAlarm": "composite",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::CloudWatch::LogAlarm": "alarm on logs",
    "AWS::Logs::LogGroup": "log group",
    "AWS::Logs::MetricFilter": "metric filter",
}
_TITLES = (
    (ImportOutcome.NOT_COMPARABLE, "Not comparable"),
    (ImportOutcome.DIFFERS, "Differs"),
    (ImportOutcome.ADDED, "Added"),
    (ImportOutcome.DROPPED, "Dropped, and nothing says why"),
)
_MOST, _LONGEST = 20, 300


def comparison_lines(comparison: ImportComparison, *, verbose: bool = False) -> Iterator[str]:
    """The outcome of each type, then what is not equal, then what differs on purpose. verbose: equal ones, too.

    What was dropped for a reason is not listed: who dropped it knows more of it.
    """
    counts = Counter((resource.type, resource.outcome) for resource in comparison.resources)
    for type_ in sorted({type_ for type_, _ in counts}, key=lambda type_: _NOUNS.get(type_, type_)):
        parts = [f"{counts[type_, outcome]} {outcome}" for outcome in ImportOutcome if counts[type_, outcome]]
        total = sum(counts[type_, outcome] for outcome in ImportOutcome)
        yield f"{_plural(total, _NOUNS.get(type_, type_))}: {', '.join(parts)}"
    titles = (*_TITLES, (ImportOutcome.EQUAL, "Equal")) if verbose else _TITLES
    for outcome, title in titles:
        # Dropped resources with a reason are listed by their reasons.
        is_dropped = outcome is ImportOutcome.DROPPED
        resources = [resource for resource in comparison.of(outcome) if not (is_dropped and resource.reason)]
        if not resources:
            continue
        yield ""
        yield title
        listed = resources if verbose else resources[:_MOST]
        for resource in listed:
            yield from (f"  {line}" for line in _resource(resource))
        if len(resources) > len(listed):
            yield f"  and {len(resources) - len(listed)} more (--verbose)"
    if comparison.on_purpose or comparison.own or comparison.own_before:
        yield ""
        yield "Changes on purpose"
        for sentence, count in comparison.on_purpose:
            yield f"  {count} × {sentence}"
        if comparison.own:
            yield f"  {comparison.own} × resources that obsgen adds to watch its own path"
        if comparison.own_before:
            yield f"  {comparison.own_before} × resources of the source that obsgen had added, and makes again"
    if comparison.filled_in:
        yield ""
        number = pluralize(comparison.filled_in, "resource")
        yield f"{number} compared with the variables of the file, which you fill in"


def _resource(resource: ComparedResource) -> Iterator[str]:
    place = f"{resource.account} {resource.region}".strip() or "of an unknown account"
    arrow = f" → {resource.key}" if resource.key and resource.outcome is not ImportOutcome.ADDED else ""
    by = f" by {resource.key}" if resource.outcome is ImportOutcome.ADDED else ""
    reason = f": {resource.reason}" if resource.reason else ""
    yield _visible(f"{_NOUNS.get(resource.type, resource.type)} {resource.name} ({place}){arrow}{by}{reason}")
    yield from (_visible(f"  {difference}") for difference in resource.differences)


def _plural(count: int, noun: str) -> str:
    return f"{count} alarms on logs" if noun == "alarm on logs" and count != 1 else pluralize(count, noun)


def _visible(text: str) -> str:
    """Without control characters, which names of others may have, and not longer than a person reads."""
    listed = visible(text[: _LONGEST * 3])
    return listed if len(listed) <= _LONGEST * 3 and len(text) <= _LONGEST * 3 else f"{listed}…"


def comparison_data(comparison: ImportComparison) -> dict[str, Any]:
    """The comparison as an object of JSON."""
    counts = Counter(str(resource.outcome) for resource in comparison.resources)
    return {
        "proven": comparison.is_proven,
        "counts": {str(outcome): counts[str(outcome)] for outcome in ImportOutcome},
        "resources": [_row(resource) for resource in comparison.resources],
        "on_purpose": [{"change": sentence, "resources": count} for sentence, count in comparison.on_purpose],
        "own": comparison.own,
        "own_before": comparison.own_before,
        "filled_in": comparison.filled_in,
    }


def _row(resource: ComparedResource) -> dict[str, Any]:
    return {
        "outcome": str(resource.outcome),
        "type": resource.type,
        "account": resource.account,
        "region": resource.region,
        "name": resource.name,
        "key": resource.key,
        "new_name": resource.new_name,
        "differences": [*resource.differences],
        "reason": resource.reason,
    }
