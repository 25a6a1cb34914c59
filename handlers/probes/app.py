"""The probe runner: EventBridge Scheduler invokes it every minute, and it writes a log line for each probe.

CloudWatch takes the metrics from the log, so that a runner in a VPC needs no way to any service but its targets.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

from __future__ import annotations

import logging
import os
import time
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from handlers.common.aws import client
from handlers.common.deadline import Deadline
from handlers.common.emf import LineWriter, write_line
from handlers.common.secrets import Secrets
from handlers.common.warm_up import warm_up
from handlers.probes.addresses import AddressPolicy
from handlers.probes.connection import tls_context
from handlers.probes.header_secrets import LastKnown
from handlers.probes.result import run_line
from handlers.probes.run import Runner, RunOutcome, run_probes
from handlers.probes.settings import Probe, load_probes

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
SETTINGS = Path(__file__).with_name("probes.json")
# Scheduler invokes within a minute after the planned time, and Lambda may hold an event for another one. A later run
# says nothing about its minute any more.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
LATE_MS = 120_000
# What is left of the function's time for its lines.
RESERVE_SECONDS = 3.0
_MINUTE_MS = 60_000
_SECRET_SECONDS = 3.0


def handler(event: Any, context: Any) -> None:
    """One run. event: {"at": the time for which it was planned}. Its points are of that minute: one for each."""
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
    run(event, _probes(), _runner(), deadline, now_ms=time.time_ns() // 1_000_000, write=write_line)


def run(
    event: Any, probes: tuple[Probe, ...], runner: Runner, deadline: Deadline, *, now_ms: int, write: LineWriter
) -> None:
    """The run that was planned for the event's minute; skipped where that is long over."""
    planned_ms = _planned(event)
    at_ms = planned_ms - planned_ms % _MINUTE_MS
    due = [probe for probe in probes if probe.is_due(at_ms // _MINUTE_MS)]
    if now_ms - planned_ms > LATE_MS:
        logger.warning("late", extra={"late_ms": now_ms - planned_ms})
        outcome = RunOutcome((), tuple(probe.name for probe in due))
    else:
        outcome = run_probes(due, runner, deadline)
    if outcome.skipped:
        logger.warning("not run", extra={"probes": list(outcome.skipped[:100])})
    for result in outcome.results:
        write(result.line(at_ms))
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    write(run_line(name, at_ms, run=len(outcome.results), skipped=len(outcome.skipped)))


def _planned(event: Any) -> int:
    """Milliseconds since 1970, of `<aws.scheduler.scheduled-time>`."""
    return int(datetime.fromisoformat(event["at"]).timestamp() * 1000)


@cache
def _probes() -> tuple[Probe, ...]:
    return load_probes(SETTINGS.read_text(encoding="utf-8"), os.environ["PROBES_FROM"])


@cache
def _runner() -> Runner:
    secrets = Secrets(lambda: client("secretsmanager", _SECRET_SECONDS))
    policy = AddressPolicy(private=os.environ["IN_VPC"] == "true")
    return Runner(policy, LastKnown(secrets), secrets.hide, forget=secrets.forget)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE"):
    warm_up([tls_context, _probes, _runner])
