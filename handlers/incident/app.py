"""The incident function's entry point: an alarm in, from whichever side; what is owed to each channel, written down.

From the queue, one at a time (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html): what could
not be committed is handed out again after a wait that grows, and after the last receive goes to the dead letters with
the reason. From SNS or as an alarm's direct action: what failed raises, so that Lambda invokes again.

Once the decision is committed the channels' workers are woken, and where there is time for it a first pass over the
Jira channels is made here: the ticket is usually there when the function ends. Whatever goes wrong with that is only
logged: what is owed is written down, and the notifier delivers it.
"""

from __future__ import annotations

import json
import logging
import os
import random
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from handlers.common.aws import client
from handlers.common.deadline import Deadline
from handlers.common.warm_up import warm_up
from handlers.incident import wake_ups
from handlers.incident.decision.deciding import DecisionOutcome
from handlers.incident.decision.retries import RetryLater
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.routing import read_routing
from handlers.incident.service import PoisonMessage, Service
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.table import DueDelivery

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
# What is kept back from the function's time for what follows a decision that failed.
RESERVE_SECONDS = 0.4
# Where nobody says how much time there is, as in a test.
USUAL_SECONDS = 3.0
# With less than this left after the decision, a pass over the Jira channels is the notifier's.
INLINE_SECONDS = 1.8
# Seconds before the second and the third receive.
BACKOFF = (20, 300)
REASON_LIMIT = 900


# A pass over one channel within this function, with the deliveries that were written just now; whether more is due.
InlinePass = Callable[[str, Deadline, Sequence[DueDelivery]], bool]


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]] | None:
    """Lambda's entry point. From a queue: the records that failed, and only those, are handed out again."""
    left = context.get_remaining_time_in_millis() / 1000 if context else USUAL_SECONDS
    deadline = Deadline.after(left - RESERVE_SECONDS)
    records = event.get("Records")
    if isinstance(records, list) and records and records[0].get("eventSource") == "aws:sqs":
        failed = [record for record in records if not _from_queue(record, deadline)]
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
    if isinstance(records, list) and records and records[0].get("EventSource") == "aws:sns":
        for record in records:
            _direct(record["Sns"]["Message"], deadline)
    else:
        _direct(json.dumps(event), deadline)
    return None


def _from_queue(record: Mapping[str, Any], deadline: Deadline) -> bool:
    """Whether the record is done with; if not, it goes returned to the queue."""
    receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    try:
        decided = _service().handle(record["body"], deadline)
    except PoisonMessage as error:
        return _dead_letter(record["body"], str(error))
    except RetryLater as error:
        reason = str(error)
    except Exception as error:
        reason = _unexpected(error)
    else:
        if receives == 1:
            _inline(decided, deadline)
        return True
    if receives >= int(os.environ["MAX_RECEIVES"]):
        return _dead_letter(record["body"], f"given up after {receives} receives: {reason}")
    wait = BACKOFF[min(receives, len(BACKOFF)) - 1]
    logger.warning("returned to the queue", extra={"why": reason, "receives": receives, "wait_s": wait})
    _hide(record, wait)
    return False


def _direct(body: str, deadline: Deadline) -> None:
    try:
        decided = _service().handle(body, deadline)
    except PoisonMessage as error:
        if not _dead_letter(body, str(error)):
            raise
    else:
        _inline(decided, deadline)


def _inline(decided: DecisionOutcome, deadline: Deadline) -> None:
    """A first pass over the Jira channels that are owed something new, where there is time for one."""
    channels = _service().routing.data["channels"]
    now = _now()
    due = [delivery for delivery in decided.owed if delivery.not_before <= now]
    names = dict.fromkeys(
        delivery.channel for delivery in due if channels.get(delivery.channel, {}).get("type") == "jira"
    )
    for name in names:
        if deadline.left + RESERVE_SECONDS < INLINE_SECONDS:
            return
        try:
            if _inline_pass()(name, deadline, [delivery for delivery in due if delivery.channel == name]):
                # A wake-up that came during the pass found the channel taken.
                _wake([name])
        except Exception as error:
            logger.warning("inline pass failed", extra={"channel": name, "because": type(error).__name__})


@cache
def _inline_pass() -> InlinePass:
    """The worker as the notifier runs it; loaded when first needed, for it brings sinks, HTTP and secrets along."""
    from handlers.incident.inline import inline_pass

    return inline_pass()


def _unexpected(error: Exception) -> str:
    """A defect, or AWS out of reach: in full in the log. No secret is read on the way to a decision."""
    logger.error("unexpected", extra={"stack": "".join(traceback.format_exception(error))})
    return _described(error)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _dead_letter(body: str, reason: str) -> bool:
    """Put a message where it can be looked at and replayed; False where that failed, so that the queue does it."""
    try:
        client("sqs").send_message(
            QueueUrl=os.environ["DEAD_LETTERS_URL"],
            MessageBody=body,
            MessageAttributes={
                "Reason": {"DataType": "String", "StringValue": reason[:REASON_LIMIT]},
                "Origin": {"DataType": "String", "StringValue": "incident-function"},
            },
        )
    except Exception as error:
        # A message as large as SQS allows leaves no room for the reason; then the queue moves it, without one.
        logger.error("not dead-lettered", extra={"why": reason, "because": _described(error)})
        return False
    _service().meter.dead_lettered()
    logger.error("dead letter", extra={"why": reason})
    return True


def _hide(record: Mapping[str, Any], seconds: int) -> None:
    """Let the queue wait; where that fails it hands the record out after its usual time."""
    try:
        client("sqs").change_message_visibility(
            QueueUrl=os.environ["QUEUE_URL"], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
        )
    except Exception as error:
        logger.warning("visibility timeout not changed", extra={"because": type(error).__name__})


def _wake(channels: Sequence[str]) -> None:
    """Wake the channels' workers; the decision is committed, so that a queue out of reach fails nothing."""
    try:
        wake_ups.send(channels)
    except Exception as error:
        logger.warning("wake-up not sent", extra={"because": _described(error)})


def _now() -> int:
    return time.time_ns() // 1_000_000


@cache
def _service() -> Service:
    routing = read_routing()
    return Service(
        routing=routing,
        table=DynamoTable(client("dynamodb"), os.environ["TABLE_NAME"]),
        now=lambda: _now(),
        wake=_wake,
        pause=time.sleep,
        random=random.random,
        meter=Meter(routing.environment, _now),
    )


def _warm() -> None:
    """Load, connect and read what the first alarm will need: code, clients, the table's connection.

    With a Jira channel that is the inline pass, too, with its code, its TLS and its secret. On Lambda the
    initialisation runs with a whole core, the first invocation with the share that 128 MB buys.
    """
    service = _service()
    steps: list[Callable[[], object]] = [
        lambda: service.table.load(Key("", "", "warm")),
        service.mutes.all,
        lambda: client("sqs"),
    ]
    tickets = [name for name, channel in service.routing.data["channels"].items() if channel["type"] == "jira"]
    if tickets:
        steps += [_inline_pass, lambda: _warm_inline(tickets)]
    warm_up(steps)


def _warm_inline(channels: Sequence[str]) -> None:
    from handlers.incident.inline import warm

    warm(channels)


if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    _warm()
