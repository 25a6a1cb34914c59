"""The metrics that an environment's alarms and dashboards name, each place of the YAML once."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Path
from generator.model.alarms import Alarm
from generator.model.dashboards import MetricWidget
from generator.model.estate import Estate
from generator.model.metric_references import MetricReference


def alarm_metrics(estate: Estate) -> Iterator[tuple[Alarm, MetricReference]]:
    """Every named metric with the first alarm that looks at it; one entry of the YAML may be many alarms."""
    reported = set()
    for alarm in estate.alarms:
        for measured in alarm.measured():
            if measured.path not in reported:
                reported.add(measured.path)
                yield alarm, measured


def named_metrics(estate: Estate) -> Iterator[MetricReference]:
    """Every metric that an alarm or a widget names."""
    yield from (measured for _, measured in alarm_metrics(estate))
    widgets = (widget for dashboard in estate.dashboards for widget in dashboard.widgets)
    yield from (measured for widget in widgets if isinstance(widget, MetricWidget) for measured in widget.measured)


def metric_path(measured: MetricReference, key: str) -> Path:
    """Where a part of a metric stands; in a search it is all one text."""
    return measured.path if measured.path[-1] == "search" else (*measured.path, key)
