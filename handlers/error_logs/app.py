"""The agent's entry point: a message of its queue in, one at a time.

What fails is handed out again after a wait that grows, and goes to the dead letters with the reason after the last
receive; what nobody can handle goes there at once.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

Environment: QUEUE_URL, BUS_ARN, MAX_RECEIVES, ENVIRONMENT; DEAD_LETTERS_URL, without which the queue itself moves what
failed, and no reason is said. Rights, beside those of its log and those to poll its queue:

- logs:DescribeLogGroups, logs:StartQuery, logs:GetQueryResults, logs:StopQuery, logs:GetLogEvents, never logs:Unmask;
- tag:GetResources, where log groups are chosen by tag;
- lambda:ListFunctions, where functions or their deployments count; lambda:GetFunctionConcurrency, where health does;
- ecs:ListClusters, ecs:ListServices, ecs:DescribeServices, ecs:DescribeTaskDefinition, where services or health do;
- events:PutEvents on the hub's bus; sqs:SendMessage on its dead letters, sqs:ChangeMessageVisibility on its queue.
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

from handlers.common import aws, emf
from handlers.common.deadline import Deadline
from handlers.common.queue_records import QueueRecords, receives_of
from handlers.error_logs.messages import Meaning, Unreadable, WindowDue, read
from handlers.error_logs.world import World

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
# Where nobody says how much time there is, as in a test.
USUAL_SECONDS = 240.0
# Kept for what follows a message that failed.
RESERVE_SECONDS = 5.0
# Seconds before the second, the third and every later receive.
BACKOFF = (15, 60, 300)
ORIGIN = "query-error-logs"
READ_SECONDS = 20.0
ATTEMPTS = 4


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    """Lambda's entry point. From a queue: the records that failed, and only those, are handed out again."""
    left = context.get_remaining_time_in_millis() / 1000 if context else USUAL_SECONDS
    deadline = Deadline.after(left - RESERVE_SECONDS)
    account = _account(context)
    if "Records" not in event:
        # Invoked by hand: what fails is seen at once.
        dispatch(read(json.dumps(event)), _world(account), deadline, receives=1)
        return None
    failed = [record for record in event["Records"] if not _from_queue(record, account, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def dispatch(meaning: Meaning, world: World, deadline: Deadline, receives: int) -> None:
    """Have a message handled. Raises Unreadable where it cannot be, now or later. receives: of this message so far."""
    if isinstance(meaning, WindowDue):
        from handlers.error_logs import run

        run.count(meaning.at, world, deadline, receives)
        return
    from handlers.error_logs import aws_events

    aws_events.handle(meaning, world)


def _from_queue(record: Mapping[str, Any], account: str, deadline: Deadline) -> bool:
    """Whether the record is done with; if not, it goes back to the queue."""
    receives = receives_of(record)
    try:
        dispatch(read(record["body"]), _world(account), deadline, receives)
    except Unreadable as error:
        return _records().dead_letter(record, str(error))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        logger.error("failed", extra={"stack": "".join(traceback.format_exception(error)), "receives": receives})
    else:
        return True
    return _records().again(record, reason)


def _records() -> QueueRecords:
    return QueueRecords(ORIGIN, BACKOFF, _client)


def _account(context: Any) -> str:
    """The account that the function is in: arn:aws:lambda:<region>:<account>:function:<name>."""
    arn = getattr(context, "invoked_function_arn", "")
    return arn.split(":")[4] if arn else os.environ.get("AWS_ACCOUNT_ID", "")


def _client(service: str, region: str | None = None) -> Any:
    return aws.client(service, READ_SECONDS, ATTEMPTS, region)


@cache
def _world(account: str) -> World:
    from handlers.error_logs.publish import Bus
    from handlers.error_logs.settings import read_settings

    bus = os.environ["BUS_ARN"]
    return World(
        account=account,
        region=_client("sqs").meta.region_name,
        settings=read_settings(),
        now=lambda: time.time_ns() // 1_000_000,
        pause=time.sleep,
        client=_client,
        bus=Bus(_client("events", bus.split(":")[3]), bus),
        put_metrics=emf.write_line,
    )
