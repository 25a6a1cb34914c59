"""One report, from its message to its channels; whatever it does not know is read from the event store and AWS."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.common.deadline import Deadline
from handlers.events.settings import Settings
from handlers.events.store import Store
from handlers.reports import gather, metrics, page
from handlers.reports.build import build
from handlers.reports.deliver import NotDelivered, Tools, deliver
from handlers.reports.gathered import ComplianceTotal, Objective, ReportData
from handlers.reports.messages import RequestedReport
from handlers.reports.period import Period, period
from handlers.reports.report import Report
from handlers.reports.sent import SentReports
from handlers.reports.settings import ReportSettings

logger = logging.getLogger(__name__)
# Kept for what comes after the event store was read: CloudWatch, the page, and the channels.
SENDING_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class World:
    """What one report needs. bucket: for pages; empty where there is none."""

    settings: Settings
    reports: ReportSettings
    store: Store
    sent: SentReports
    tools: Tools
    bucket: str


def run(due: RequestedReport, world: World, deadline: Deadline) -> None:
    """Make the report, keep its page, send it to the channels that have not had it. Raises NotDelivered.

    A channel that fails does not keep the others from theirs.
    """
    schedule = world.reports.reports[due.name]
    had = world.sent.channels(due.name, due.at)
    at = datetime.fromtimestamp(due.at / 1000, UTC)
    over = period(due.name, at, schedule.time_zone, schedule.zone_rules)
    report = report_of(due.name, over, world, deadline.earlier(SENDING_SECONDS))
    if world.bucket:
        _keep(report, world)
    failed = []
    for name in schedule.channels:
        if name in had:
            continue
        try:
            deliver(report, name, world.reports.channels[name], world.tools, deadline)
        except NotDelivered as error:
            logger.warning("report not delivered", extra={"channel": name, "because": str(error)})
            failed.append(f"{name}: {error}")
            continue
        world.sent.add(due.name, due.at, name)
    if failed:
        raise NotDelivered("; ".join(failed))


def report_of(name: str, over: Period, world: World, deadline: Deadline) -> Report:
    """The report of a period. What cannot be read, or not in time, is said in it; without the event store there is
    none.
    """
    notes: list[str] = []
    data = ReportData(
        events=gather.events(world.store, over, notes, deadline),
        errors=gather.errors(world.store, over, notes, deadline),
        agents=gather.agents(world.store),
        compliance=_compliance(world, over, notes) if world.reports.compliance else None,
        objectives=_objectives(world, over, notes) if world.reports.targets else None,
        notes=tuple(notes),
        coverage=world.reports.coverage,
    )
    return build(name, over, data, world.settings, _command(name, over, world))


def _command(name: str, over: Period, world: World) -> str:
    """A link that is signed ends with the role's credentials, after hours; this command signs it afresh."""
    return f"obsgen report open {name} {key_date(over)} -e {world.settings.environment}" if world.bucket else ""


def key_date(over: Period) -> str:
    """The day that a report is called by: the one on which its period ends."""
    return over.end.date().isoformat()


def _keep(report: Report, world: World) -> None:
    world.tools.client("s3").put_object(
        Bucket=world.bucket,
        Key=f"{report.name}/{report.end.date().isoformat()}.html",
        Body=page.as_page(report).encode("utf-8", "replace"),
        ContentType="text/html; charset=utf-8",
    )


def _compliance(world: World, over: Period, notes: list[str]) -> tuple[ComplianceTotal, ...]:
    names, region = _names(world), world.settings.hub_region
    result = _read(lambda client: metrics.compliance(client, names, region, over.end_ms), world)
    if isinstance(result, str):
        notes.append(f"tag compliance: {result}")
        return ()
    return result


def _objectives(world: World, over: Period, notes: list[str]) -> tuple[Objective, ...]:
    names, targets = _names(world), world.reports.targets
    hub = metrics.Hub(world.settings.hub_account, world.settings.hub_region)
    result = _read(lambda client: metrics.objectives(client, targets, names, hub, over.end_ms), world)
    if isinstance(result, str):
        notes.append(f"objectives: {result}")
        return ()
    return result


def _names(world: World) -> dict[str, str]:
    return {id_: world.settings.account(id_) for id_ in world.reports.account_ids}


def _read(read: Callable[[Any], tuple[Any, ...]], world: World) -> tuple[Any, ...] | str:
    """What CloudWatch has, or why it has nothing to say: a report without it is better than none."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return read(world.tools.client("cloudwatch"))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except BotoCoreError as error:
        return type(error).__name__
