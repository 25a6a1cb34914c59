"""The metrics that an environment's alarms name, each place of the YAML once."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.alarms import Alarm, Measured
from generator.model.estate import Estate


def each_measured(estate: Estate) -> Iterator[tuple[Alarm, Measured]]:
    """Every named metric with the first alarm that looks at it; one entry of the YAML may be many alarms."""
    seen = set()
    for alarm in estate.alarms:
        for measured in alarm.measured():
            if measured.path not in seen:
                seen.add(measured.path)
                yield alarm, measured
