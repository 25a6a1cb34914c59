"""The incident function's door: an alarm in, from whichever side, and everybody told who has to hear.

From the queue, one at a time (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html): what
failed is handed out again after a wait that grows, and after the last receive goes to the dead letters with the reason
why. From SNS or as an alarm's direct action: what failed raises, so that Lambda invokes again.
"""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from handlers.common.aws import client
from handlers.common.deadline import Deadline
from handlers.common.http import Http
from handlers.common.secrets import NoSecret, Secrets
from handlers.incident import evidence
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.routing import read_routing
from handlers.incident.schedule import Schedule
from handlers.incident.service import Poison, Service, TryLater
from handlers.incident.sinks.sink import SinkFailed, Tools
from handlers.incident.store import DynamoStore

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
# What is kept back from the function's time for writing down what was told.
RESERVE_SECONDS = 0.4
# Where nobody says how much time there is, as in a test.
USUAL_SECONDS = 3.0
# Seconds before the second and the third receive, unless a sink asks for more.
BACKOFF = (20, 300)
LONGEST_WAIT = 900
REASON_LIMIT = 900


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
    """Whether the record is done with; if not, it goes back to the queue."""
    receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    try:
        _service().handle(record["body"], deadline)
    except Poison as error:
        return _dead_letter(record["body"], str(error))
    except TryLater as error:
        reason, wait = str(error), error.wait or 0
    except Exception as error:
        reason, wait = _unexpected(error), 0
    else:
        return True
    if receives >= int(os.environ["MAX_RECEIVES"]):
        return _dead_letter(record["body"], f"given up after {receives} receives: {reason}")
    wait = min(LONGEST_WAIT, max(wait, BACKOFF[min(receives, len(BACKOFF)) - 1]))
    logger.warning("back to the queue", extra={"why": reason, "receives": receives, "wait_s": wait})
    _hide(record, round(wait))
    return False


def _direct(body: str, deadline: Deadline) -> None:
    try:
        _service().handle(body, deadline)
    except Poison as error:
        if not _dead_letter(body, str(error)):
            raise


def _unexpected(error: Exception) -> str:
    """A defect, or AWS out of reach: told in full in the log, less what is secret."""
    stack = _secrets().hide("".join(traceback.format_exception(error)))
    logger.error("unexpected", extra={"stack": stack})
    return _secrets().hide(f"{type(error).__name__}: {error}")


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
        logger.error("not dead-lettered", extra={"why": reason, "because": _secrets().hide(str(error))})
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
        logger.warning("not hidden", extra={"because": type(error).__name__})


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


def _look(key: Key, at: int) -> None:
    environment = os.environ
    names = ("SCHEDULE_GROUP", "QUEUE_ARN", "SCHEDULE_ROLE_ARN", "DEAD_LETTERS_ARN")
    schedule = Schedule(client("scheduler"), *(environment[name] for name in names))
    schedule.look(key, at)


def _lines(key: Key, at: int, deadline: Deadline) -> tuple[str, ...]:
    query = _service().routing.log_query(key)
    here = key.region == _service().routing.hub_region
    if not query or not query.readable or not here or deadline.left < evidence.SECONDS_A_PAGE:
        return ()
    return evidence.lines(client("logs"), key, query, at, deadline)


@cache
def _service() -> Service:
    routing = read_routing()
    return Service(
        routing=routing,
        store=DynamoStore(client("dynamodb"), os.environ["TABLE_NAME"]),
        tools=Tools(Http(), _secret, client, os.environ["TOPIC_ARN"]),
        look=_look,
        lines=_lines,
        now=_now,
        meter=Meter(routing.environment, _now),
        forget_secret=lambda name: _secrets().forget(name),
        hide=lambda text: _secrets().hide(text),
    )


def _warm() -> None:
    """Load, connect and read what the first alarm will need: code, clients, the table's connection, the secrets.

    On Lambda the initialisation runs with a whole core, the first invocation with the share that 128 MB buys. What
    fails here is no harm: the first alarm tries again, and says what is wrong.
    """
    service = _service()
    service.warm()
    secrets = sorted(
        {channel["secret"] for channel in service.routing.data["channels"].values() if "secret" in channel}
    )
    steps: list[Callable[[], object]] = [partial(service.store.load, Key("", "", "warm"))]
    steps += [partial(_secrets(), name) for name in secrets]
    for step in steps:
        try:
            step()
        except Exception as error:
            logger.warning("not warm", extra={"because": _secrets().hide(f"{type(error).__name__}: {error}")})


if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    _warm()
