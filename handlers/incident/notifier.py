"""The notifier's door: wake-ups from their queue, one at a time, and a tick every minute.

What is to come again is left in the queue and made visible soon, never sent anew: Lambda stops a function that sends to
the queue it is invoked from after about 16 rounds.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from __future__ import annotations

import logging
import math
import os
import random
import time
import traceback
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from handlers.common.aws import client
from handlers.common.deadline import Deadline
from handlers.common.http import Http
from handlers.common.secrets import NoSecret, Secrets
from handlers.incident import evidence, wake_ups
from handlers.incident.channels import Channel
from handlers.incident.delivery.ports import Ports
from handlers.incident.delivery.wake import Notifier
from handlers.incident.dynamo import DynamoTable
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.mutes import Mutes
from handlers.incident.routing import Routing, read_routing
from handlers.incident.service import Service
from handlers.incident.sinks.sink import Sink, SinkFailed, Tools, sink

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
# What is kept back from the function's time for writing down what was sent, in seconds.
RESERVE_SECONDS = 2.0
USUAL_SECONDS = 60.0
# What AWS may take to answer a call that sends something; it is never made twice by the client itself.
VENDOR_SECONDS = 10.0
LONGEST_WAIT = 60


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]] | None:
    """Lambda's entry point. From the queue: what is to come again is reported as failed. Without records: a tick."""
    left = context.get_remaining_time_in_millis() / 1000 if context else USUAL_SECONDS
    deadline = Deadline.after(left - RESERVE_SECONDS)
    try:
        records = event.get("Records")
        if not isinstance(records, list):
            _notifier().tick(deadline)
            return None
        again = [record for record in records if not _is_done(record, deadline)]
    except Exception as error:
        stack = _secrets().hide("".join(traceback.format_exception(error)))
        logger.error("unexpected", extra={"stack": stack})
        raise RuntimeError(_secrets().hide(f"{type(error).__name__}: {error}")) from None
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again]}


def _is_done(record: Mapping[str, Any], deadline: Deadline) -> bool:
    wait = _notifier().handle(str(record["body"]), deadline)
    if wait is None:
        return True
    try:
        client("sqs").change_message_visibility(
            QueueUrl=os.environ["WAKE_UPS_URL"],
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=min(LONGEST_WAIT, math.ceil(wait)),
        )
    except Exception as error:
        # It comes again after the queue's usual time, and the next tick wakes the channel before that.
        logger.warning("visibility timeout not changed", extra={"because": type(error).__name__})
    return False


def _now() -> int:
    return time.time_ns() // 1_000_000


@cache
def _secrets() -> Secrets:
    return Secrets(partial(client, "secretsmanager"))


def _secret(name: str) -> Mapping[str, str]:
    try:
        return _secrets()(name)
    except NoSecret as error:
        raise SinkFailed(str(error)) from None


def _lines(key: Key, at: int, deadline: Deadline) -> tuple[str, ...]:
    routing = _routing()
    query = routing.log_query(key)
    if not query or deadline.left < evidence.SECONDS_A_PAGE:
        return ()
    return evidence.lines(client("logs"), routing.place(key), query, at, deadline)


@cache
def _routing() -> Routing:
    return read_routing()


@cache
def _tools() -> Tools:
    vendor = partial(client, read_seconds=VENDOR_SECONDS, attempts=1)
    # The function that decides sends no mail, and does not know the topic.
    return Tools(Http(), _secret, vendor, os.environ.get("TOPIC_ARN", ""))


@cache
def _sink_named(name: str) -> Sink:
    channel = _routing().channel(name)
    assert channel is not None
    return sink(channel, _tools())


def _sink(channel: Channel) -> Sink:
    """Made once for each channel: it may hold connections."""
    return _sink_named(channel.name)


@cache
def _table() -> DynamoTable:
    return DynamoTable(client("dynamodb"), os.environ["TABLE_NAME"])


@cache
def ports() -> Ports:
    """What a channel's worker works with; the deciding function uses it, too, for its pass over a ticket channel."""
    routing, mutes = _routing(), Mutes(_table(), _now)
    return Ports(
        table=_table(),
        routing=routing,
        sink=_sink,
        now=_now,
        sleep=time.sleep,
        random=random.random,
        lines=_lines,
        meter=Meter(routing.environment, _now),
        forget_secret=lambda name: _secrets().forget(name),
        hide=lambda text: _secrets().hide(text),
        muted_until=lambda keys: mutes.until(keys, routing.place),
    )


@cache
def _notifier() -> Notifier:
    service = Service(
        routing=_routing(),
        table=_table(),
        now=_now,
        wake=wake_ups.send,
        pause=time.sleep,
        random=random.random,
        meter=ports().meter,
    )
    return Notifier(ports(), service, _table().due_alarms, wake_ups.send)
