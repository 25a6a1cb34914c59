"""Log groups, and what is counted in them, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.estate import Estate
from generator.model.logs import LogGroup, MetricFilter
from generator.model.stack_values import as_written
from generator.preview.markup import fragment, table, text
from generator.wording import pluralize


def logs_html(estate: Estate) -> str:
    """A table of log groups, each with its filters."""
    filters: dict[str, list[MetricFilter]] = {}
    for entry in estate.metric_filters:
        filters.setdefault(entry.log_group, []).append(entry)
    rows = (_row(group, filters.get(group.key, ()), estate.environment) for group in estate.log_groups)
    return table(("Log group", "Kept", "Counted in it"), rows)


def _row(group: LogGroup, filters: Sequence[MetricFilter], environment: str) -> str:
    identifier = fragment(environment, "logs", group.key)
    counts = "".join(map(_filter, filters))
    return (
        f'<tr class="item" id="{text(identifier)}"><th scope="row"><code>{text(as_written(group.name))}</code>'
        f" <i>{text(group.side.value)}</i></th><td>{text('; '.join(_retention(group)))}</td><td>{counts}</td></tr>"
    )


def _retention(group: LogGroup) -> Iterator[str]:
    yield pluralize(group.retention_days, "day") if group.create else "created by another owner"
    if group.create and (group.keyed or group.key_arn):
        yield "customer managed key"
    if group.archive_days:
        yield f"archived for {pluralize(group.archive_days, 'day')}"


def _filter(entry: MetricFilter) -> str:
    value = "" if entry.value == "1" else f" value {entry.value}"
    metric = f"{entry.metric.namespace} {entry.metric.name}{value}"
    return f'<p class="filter"><b>{text(entry.key)}</b> <code>{text(entry.pattern)}</code> <i>{text(metric)}</i></p>'
