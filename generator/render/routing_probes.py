"""Where an incident finds why a probe failed: the lines of its runner's log, by the key of the probe's alarm."""

from __future__ import annotations

from collections.abc import Mapping

from generator.model.estate import Estate
from generator.model.probes import RUNNER
from generator.render.routing_table import LogsEntry

_LATEST = "sort @timestamp desc | limit 50"


def probe_logs(estate: Estate) -> Mapping[str, LogsEntry]:
    """Log group, filter pattern and query of the failed runs of each probe."""
    log_group = f"/aws/lambda/{estate.name(RUNNER)}"
    readable = {of_hub: estate.quotes_probe_lines(of_hub=of_hub) for of_hub in (True, False)}
    return {
        probe.alarm: {
            "log_group": log_group,
            "pattern": f'{{ $.Probe = "{probe.name}" && $.Up = 0 }}',
            "query": f'fields @timestamp, Failure, Reason | filter Probe = "{probe.name}" and Up = 0 | {_LATEST}',
            "readable": readable[probe.is_of_hub],
        }
        for probe in estate.probes
    }
