"""One run of the schedule: what there is, its lines, their counts, and all of it on to the hub.

Nothing is remembered here. A run that ends before its time, or is made twice, sends the same windows again, and the hub
replaces what it has of them.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from handlers.common import emf
from handlers.common.deadline import Deadline
from handlers.common.redact import Options, redact
from handlers.common.text_size import cut
from handlers.error_logs import deployments, discovery, health
from handlers.error_logs.counting import Counter
from handlers.error_logs.insights import Insights, OutOfTime
from handlers.error_logs.inventory import Inventory
from handlers.error_logs.log_groups import LogGroupSelection, prefixes_to_list, select_log_groups
from handlers.error_logs.messages import Unreadable
from handlers.error_logs.monitoring_event import ALARM, HEALTH, MonitoringEvent, redacted_subject
from handlers.error_logs.publish import MONITORING_EVENT, WINDOW, Sender, size, window_parts
from handlers.error_logs.query_text import MOST_ROWS
from handlers.error_logs.reading import MOST_READ, Reading
from handlers.error_logs.windows import CountingTask, due
from handlers.error_logs.world import World

logger = logging.getLogger(__name__)
NAMESPACE = "Obsgen/MonitoringEvents"
# How far the clock of whoever asks may be ahead of ours.
MOST_AHEAD_MS = 300_000
# Seconds for sending what was counted.
SEND_S = 15.0
# Lines of one answer, and crowded lines that are read one by one, by the number of receives: what was too much for the
# time of the function is less the next time, and more is counted on the server.
EFFORT = ((MOST_ROWS, MOST_READ), (500, 0), (200, 0))
# What health there is, as the hub is told of it, and how what is said of a listing that failed begins.
SERVICES, FUNCTIONS = "health of services", "health of functions"
_LISTED = {SERVICES: "ecs", FUNCTIONS: "lambda"}
# Services that do not work that one event names. Bytes of one thing that failed, and of the list of them.
MOST_NAMED, MOST_SAID, MOST_LIST = 100, 300, 1_500


@dataclass
class _Run:
    """What one run knows. failed, unavailable: for the hub, in words.

    partial: whether log groups may be missing that the run before had.
    """

    due: CountingTask
    sender: Sender
    inventory: Inventory
    chosen: LogGroupSelection
    counter: Counter
    insights: Insights
    failed: list[str] = field(default_factory=list)
    unavailable: list[str] = field(default_factory=list)
    partial: bool = False


def count(at: int, world: World, deadline: Deadline, receives: int = 1) -> None:
    """Count the windows of a scheduled time and send them.

    receives: how often this message was handed out, see EFFORT. Raises Unreadable, OutOfTime, QueryFailed, NotTaken,
    and what AWS's clients raise.
    """
    settings = world.settings
    if at > world.now() + MOST_AHEAD_MS:
        raise Unreadable(f"the window of {at} is in the future; check the clock of the sender")
    began = deadline.clock()
    run = _begin(at, world, deadline)
    limit, room = EFFORT[min(receives, len(EFFORT)) - 1]
    reading = Reading(run.insights, run.counter, settings.query, run.due, limit, room)
    reading.read(run.chosen.chunks)
    run.failed += sorted(f"{what}: {code}" for what, code in run.insights.notes.refused.items())
    run.partial = bool(run.failed or run.insights.notes.missing)
    unhealthy = _unhealthy(run, world, deadline) if settings.health else []
    if deadline.left <= 0:
        raise OutOfTime("no time was left to send the counts")
    seconds = round(deadline.clock() - began, 1)
    _send(run, world, unhealthy, seconds)
    _measure(run, world, seconds)


def correlation_of(account: str, region: str, at: CountingTask) -> str:
    """The same for every run of a window, so that its lines are found together."""
    window = at.first.window
    return hashlib.sha256(f"{account}|{region}|{window.start}|{window.end}".encode()).hexdigest()[:16]


def _begin(at: int, world: World, deadline: Deadline) -> _Run:
    settings = world.settings
    due_ = due(at, settings.every, settings.delivery_latency)
    inventory = discovery.inventory(
        world.client,
        functions=settings.groups.functions or settings.deployments or settings.health,
        services=settings.groups.services or settings.health,
    )
    names = _referenced_groups(inventory, world)
    failed = list(inventory.failed)
    log_groups = discovery.log_groups(world.client, settings.groups, prefixes_to_list(settings.groups, names), failed)
    chosen = select_log_groups(log_groups, settings.groups, settings.own_log_groups, names)
    correlation = correlation_of(world.account, world.region, due_)
    logger.info("begun", extra={"correlation": correlation, "log_groups": len(chosen.names), "at": at})
    insights = Insights(world.client("logs"), settings.concurrent_queries, world.pause, deadline.earlier(SEND_S))
    sender = Sender(settings.environment, world.region, correlation)
    return _Run(due_, sender, inventory, chosen, Counter(due_, settings, insights.check_time), insights, failed)


def _referenced_groups(inventory: Inventory, world: World) -> dict[str, str]:
    """Log groups that functions and services name, where those are queried."""
    groups = world.settings.groups
    return Inventory(
        inventory.functions if groups.functions else [], inventory.services if groups.services else []
    ).referenced()


def _unhealthy(run: _Run, world: World, deadline: Deadline) -> list[health.Unhealthy]:
    """What is found not to work. What could not be looked at, the hub has to know: it ends nothing of it then.

    Whatever Lambda answers here, the counts are sent.
    """
    subjects = health.of_services(run.inventory.services)
    unknown = {
        kind for kind, listed in _LISTED.items() if any(failure.startswith(listed) for failure in run.inventory.failed)
    }
    try:
        bad, left_out = health.of_functions(run.inventory, run.chosen.names, world.client, world.pause, deadline)
        subjects += bad
        unknown |= {FUNCTIONS} if left_out else set()
    except ClientError as error:
        run.failed.append(f"lambda concurrency: {error.response['Error'].get('Code')}")
        unknown.add(FUNCTIONS)
    unknown |= set(_LISTED) if len(subjects) > MOST_NAMED else set()
    run.unavailable += sorted(unknown)
    if never := health.beyond(run.inventory, run.chosen.names):
        run.unavailable.append(f"health of {never} functions not read: the limit of a run was reached")
    return subjects


def _send(run: _Run, world: World, unhealthy: list[health.Unhealthy], seconds: float) -> None:
    head, redact, redacted = run.sender.head(), world.settings.redact, run.counter.redacted
    events = [
        MonitoringEvent(
            HEALTH,
            pass_.subject,
            run.due.first.window.end,
            ALARM,
            pass_.title,
            pass_.facts,
            (),
            pass_.service,
            pass_.log_group,
        )
        for pass_ in unhealthy[:MOST_NAMED]
    ]
    if world.settings.deployments:
        events += deployments.of_functions(run.inventory.functions, run.due.span)
    entries: list[tuple[str, Mapping[str, Any]]] = [
        (MONITORING_EVENT, pass_.detail(head, redact, redacted)) for pass_ in events
    ]
    services = run.inventory.referenced()
    agent = _agent(run, world, unhealthy, seconds)
    for pass_ in run.due.passes:
        tally = run.counter.tallies[pass_.name]
        block = {**agent, "rows": tally.rows, "late": tally.late}
        parts = window_parts(run.sender, pass_, tally, block, services, partial=run.partial)
        entries += [(WINDOW, part) for part in parts]
    world.bus.put(entries)
    logger.info(
        "sent",
        extra={
            "correlation": run.sender.correlation,
            "entries": len(entries),
            "rows": sum(tally.rows for tally in run.counter.tallies.values()),
            "queries": run.insights.notes.queries,
            "bytes_scanned": run.insights.notes.bytes_scanned,
            "failed": run.failed,
            "seconds": seconds,
        },
    )


def _agent(run: _Run, world: World, unhealthy: list[health.Unhealthy], seconds: float) -> dict[str, Any]:
    notes = run.insights.notes
    skipped = {"own": run.chosen.own, "class": run.chosen.of_class, "gone": len(notes.missing)}
    return {
        "version": world.settings.version,
        "log_groups": len(run.chosen.names) - len(notes.missing) - len(notes.refused),
        "skipped": {key: value for key, value in skipped.items() if value},
        "failed": _limited(run.failed, world.settings.redact),
        "bytes_scanned": notes.bytes_scanned,
        "redacted": dict(sorted(run.counter.redacted.items())),
        "unavailable": _limited(run.unavailable, world.settings.redact),
        **({"unhealthy": _subjects(unhealthy, world)} if world.settings.health else {}),
        "seconds": seconds,
    }


def _subjects(unhealthy: list[health.Unhealthy], world: World) -> list[str]:
    """As the events of these services name them: by another name the hub would take one for well, and close it."""
    return [redacted_subject(subject.subject, world.settings.redact) for subject in unhealthy[:MOST_NAMED]]


def _limited(messages: list[str], options: Options) -> list[str]:
    """As much as the hub keeps of one list, and how many there are besides."""
    redacted: list[str] = []
    for message in messages:
        redacted.append(cut(redact(message, options), MOST_SAID))
        if size(redacted) > MOST_LIST:
            left = len(messages) - len(redacted) + 1
            return [*redacted[:-1], f"and {left} more"]
    return redacted


def _measure(run: _Run, world: World, seconds: float) -> None:
    """Own metrics, at the end of the window that they are about."""
    first, final = run.counter.tallies["first"], run.counter.tallies["final"]
    metrics = {
        "Rows": (float(first.rows), "Count"),
        "RowsFinal": (float(final.rows), "Count"),
        "LateRows": (float(final.late), "Count"),
        "LongestDelay": (run.counter.longest_delay_ms / 1000, "Seconds"),
        "BytesScanned": (float(run.insights.notes.bytes_scanned), "Bytes"),
        "Queries": (float(run.insights.notes.queries), "Count"),
        "RunSeconds": (seconds, "Seconds"),
        "RunDelay": (max(0.0, (world.now() - run.due.at) / 1000), "Seconds"),
    }
    dimensions = {"Environment": world.settings.environment}
    world.put_metrics(emf.line(NAMESPACE, run.due.first.window.end, dimensions, metrics))
