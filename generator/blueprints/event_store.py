"""The event store of the hub: one table, the queue that fills it, and the function between both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Ref, dynamodb

from generator.blueprints.event_store_key import key, table_encryption
from generator.blueprints.incident_rights import consumes_queue
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue
from generator.blueprints.kit.hub_functions import READS, REPORTS, STORE, hub_function, on_table, puts_findings
from generator.blueprints.kit.policies import allow
from generator.blueprints.kit.queues import MAX_RECEIVES, mapping, queue
from generator.blueprints.kit.schedules import PLANNED, group, on_the_grid, schedule
from generator.blueprints.kit.stack import Part
from generator.blueprints.kit.tables import keyed_table
from generator.manifest import Asset
from generator.model.error_log_names import (
    DAY_INDEX,
    DUE_INDEX,
    EVENTS,
    EVENTS_DEAD_LETTERS,
    EVENTS_FUNCTION,
    RECENT_INDEX,
)
from generator.model.error_logs import Events
from generator.model.estate import Estate

FUNCTION = EVENTS_FUNCTION
HANDLER = "handlers.events.app.handler"
TIMEOUT_SECONDS = 60
# Messages of one invocation, and invocations at the same time: a window of a hundred agents is taken in a minute.
BATCH = 10
CONCURRENCY = 5
# What is owed is tried again, and silent agents are looked for.
TICK_SECONDS = 300
INDEXES = (DAY_INDEX, DUE_INDEX, RECENT_INDEX)


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The table, queue, dead-letter queue, function and schedule; nothing without `events`."""
    events = estate.events
    if events is None:
        return
    yield from key(estate, events)
    yield _table(estate, events)
    path = events.path
    yield dead_letter_queue(f"{STORE}DeadLetters", estate.name(EVENTS_DEAD_LETTERS), path)
    yield queue(f"{STORE}Queue", estate.name(EVENTS), f"{STORE}DeadLetters", TIMEOUT_SECONDS, path)
    yield from hub_function(
        estate,
        events,
        STORE,
        FUNCTION,
        assets[FUNCTION],
        list(_statements()),
        {
            "BUS_NAME": Ref("Bus"),
            "DEAD_LETTERS_URL": Ref(f"{STORE}DeadLetters"),
            "MAX_RECEIVES": str(MAX_RECEIVES),
            "QUEUE_URL": Ref(f"{STORE}Queue"),
        },
        timeout_seconds=TIMEOUT_SECONDS,
        does="handle-events",
        description="Stores events and publishes new findings",
        path=path,
    )
    yield mapping(STORE, path, batch=BATCH, concurrency=CONCURRENCY)
    yield from _tick(estate, events)
    yield Output(f"{STORE}TableName", Description="Table of events and errors", Value=Ref(f"{STORE}Table"))
    description = "Events that could not be stored"
    yield Output(f"{STORE}DeadLettersUrl", Description=description, Value=Ref(f"{STORE}DeadLetters"))


def _table(estate: Estate, events: Events) -> Part:
    backup = (
        {"PointInTimeRecoverySpecification": dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True)}
        if events.backup
        else {}
    )
    return keyed_table(f"{STORE}Table", estate.name(EVENTS), INDEXES, events.path, **backup, **table_encryption(events))


def _statements() -> Iterator[Any]:
    """The actions that the function's code calls."""
    yield consumes_queue(f"{STORE}Queue")
    yield allow(["sqs:SendMessage"], [GetAtt(f"{STORE}DeadLetters", "Arn")], sid="GivesUp")
    yield from on_table([*READS, "dynamodb:PutItem", "dynamodb:UpdateItem"], (DUE_INDEX, RECENT_INDEX))
    yield puts_findings()


def _tick(estate: Estate, events: Events) -> Iterator[Part]:
    path, name = events.path, estate.name(EVENTS)
    queue_of_it = (f"{STORE}Queue", f"{STORE}DeadLetters")
    queues = dict([queue_of_it])
    if estate.reports:
        queues[f"{REPORTS}Queue"] = f"{REPORTS}DeadLetters"
    yield from group(STORE, name, estate.name(f"{EVENTS}-schedule-role"), queues, path)
    yield schedule(
        STORE,
        f"{STORE}TickSchedule",
        estate.name(f"{EVENTS}-tick"),
        on_the_grid(TICK_SECONDS),
        {"tick": {"at": PLANNED}},
        queue_of_it,
        path,
        description="Sends pending notifications and detects silent agents",
    )


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets))
