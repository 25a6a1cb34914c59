"""The hub's entry point: messages of its queue in, one after the other.

What fails is handed out again after a wait that grows, and goes to the dead letters with the reason after the last
receive; what nobody can handle goes there at once.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

Environment: TABLE_NAME, BUS_NAME, QUEUE_URL, MAX_RECEIVES, ENVIRONMENT; DEAD_LETTERS_URL, without which the queue
itself moves what failed, and no reason is said. Rights, beside those of its log and those to poll its queue:

- dynamodb: BatchGetItem, GetItem, PutItem, Query, UpdateItem on the table, Query on its indexes;
- events:PutEvents on the hub's bus;
- sqs:SendMessage on its dead letters, sqs:ChangeMessageVisibility on its queue.
"""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Mapping
from functools import cache
from typing import Any

from handlers.common import aws
from handlers.common.deadline import Deadline
from handlers.common.queue_records import QueueRecords, receives_of
from handlers.common.warm_up import warm_up
from handlers.events import happenings, meter, tick, windows
from handlers.events.messages import AgentWindow, Ignored, Meaning, MonitoringMessage, Unreadable
from handlers.events.outputs import Outputs
from handlers.events.reading import read
from handlers.events.settings import read_settings

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
# Where nobody says how much time there is, as in a test.
USUAL_SECONDS = 60.0
# Kept for what follows a message that failed; with less than that left none is begun.
RESERVE_SECONDS = 2.0
LEAST_SECONDS = 8.0
# Seconds before the second, the third and every later receive.
BACKOFF = (15, 60, 300)
# Of an answer, three times.
READ_SECONDS = 4.0
ATTEMPTS = 3


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    """Lambda's entry point. From a queue: the records that failed, and only those, are handed out again."""
    left = context.get_remaining_time_in_millis() / 1000 if context else USUAL_SECONDS
    deadline = Deadline.after(left - RESERVE_SECONDS)
    if "Records" not in event:
        # Invoked by hand: what fails is seen at once.
        outputs = _outputs()
        dispatch(read(json.dumps(event), outputs.settings), outputs, deadline)
        return None
    failed = [record for record in event["Records"] if not _from_queue(record, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def dispatch(meaning: Meaning, outputs: Outputs, deadline: Deadline) -> None:
    """Have a message handled, and measure it."""
    if isinstance(meaning, Ignored):
        logger.info("ignored", extra={"why": meaning.why})
        return
    if isinstance(meaning, AgentWindow):
        measured = windows.handle(meaning, outputs, now(), deadline)
    elif isinstance(meaning, MonitoringMessage):
        measured = happenings.handle(meaning, outputs)
    else:
        measured = tick.handle(meaning.at, outputs, deadline)
    meter.report(measured, outputs.settings.environment, now())


def now() -> int:
    """Milliseconds since 1970: of measurements, and of heartbeats."""
    return time.time_ns() // 1_000_000


def _from_queue(record: Mapping[str, Any], deadline: Deadline) -> bool:
    """Whether the record is done with; if not, it goes back to the queue."""
    if deadline.left < LEAST_SECONDS:
        # Others of the batch have taken the time; nothing is wrong with this one.
        return False
    try:
        outputs = _outputs()
        dispatch(read(record["body"], outputs.settings), outputs, deadline)
    except Unreadable as error:
        meter.failed(os.environ["ENVIRONMENT"], now())
        return _records().dead_letter(record, str(error))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        logger.error(
            "failed", extra={"stack": "".join(traceback.format_exception(error)), "receives": receives_of(record)}
        )
        meter.failed(os.environ["ENVIRONMENT"], now())
    else:
        return True
    return _records().again(record, reason)


def _records() -> QueueRecords:
    return QueueRecords("handle-monitoring-events", BACKOFF, _client)


def _client(service: str) -> Any:
    return aws.client(service, READ_SECONDS, ATTEMPTS)


@cache
def _outputs() -> Outputs:
    from handlers.events.dynamo_store import DynamoStore
    from handlers.events.findings_bus import EventBridgeFindings

    settings = read_settings()
    store = DynamoStore(_client("dynamodb"), os.environ["TABLE_NAME"], settings.keep_days)
    return Outputs(store, EventBridgeFindings(_client("events"), os.environ["BUS_NAME"]), settings)


def _warm() -> None:
    """Load what the first message will need."""
    warm_up([lambda: _client("sqs"), _outputs])


if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    _warm()
