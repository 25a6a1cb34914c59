"""The checker's entry point: a message of its queue in, one at a time; or the custom resource that empties its bucket.

What fails is handed out again after a wait that grows, and goes to the dead letters with the reason after the last
receive; what nobody can handle goes there at once.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

Environment: TABLE_NAME, BUCKET_NAME, QUEUE_URL, BUS_ARN, MAX_RECEIVES, ENVIRONMENT; DEAD_LETTERS_URL, without which the
queue itself moves what failed, and no reason is said. Rights, beside those of its log and those to poll its queues:

- ec2:DescribeInstances, on everything, and what each further type's listing says (`listing/`);
- cloudtrail:LookupEvents, on everything, where people hear who launched an instance (`aws_trail.py`);
- ec2:CreateTags and what reads the tags to copy, where remediation is on (`aws_remedy.py`);
- dynamodb: BatchGetItem, DeleteItem, GetItem, PutItem, Query on the table, Query on its indexes;
- s3:PutObject on `scans/*` of the bucket; s3:ListBucket and s3:DeleteObject, and lambda:InvokeFunction on itself, for
  the deletion of the stack (`bucket.py`);
- cloudwatch:PutMetricData in the namespace TagCompliance; events:PutEvents on the hub's bus;
- sqs:SendMessage on its queue and its dead letters, sqs:ChangeMessageVisibility on the queues that it reads.
"""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from handlers.common import aws
from handlers.common.deadline import Deadline
from handlers.common.queue_records import REASON_LIMIT, QueueRecords, receives_of
from handlers.common.warm_up import warm_up
from handlers.compliance.messages import (
    Change,
    FindLauncher,
    Ignored,
    Meaning,
    ScanStep,
    StartScan,
    Tick,
    Unreadable,
    read,
)
from handlers.compliance.outputs import PostponedMessage, World

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
# Where nobody says how much time there is, as in a test.
USUAL_SECONDS = 60.0
# Kept for what follows a message that failed.
RESERVE_SECONDS = 2.0
# Seconds before the second, the third and every later receive.
BACKOFF = (15, 60, 300)
# The same for what nobody waits for, before it is given up: once less than what makes a dead letter.
LATER = (60, 300, 600)
# How far the clock of whoever asks for a scan may be ahead of ours.
MOST_AHEAD_MS = 300_000
# Of an answer, three times: half a minute at most, so that what fails is still said within the function's time.
READ_SECONDS = 8.0
ATTEMPTS = 3
# Points that are put twice are counted twice; see CloudWatchMetrics. CloudTrail takes few requests; see AwsTrail.
ATTEMPTS_OF = {"cloudwatch": 1, "cloudtrail": 1}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    """Lambda's entry point. From a queue: the records that failed, and only those, are handed out again."""
    if "ResponseURL" in event:
        from handlers.bucket import contents

        contents.handler(event, context)
        return None
    left = context.get_remaining_time_in_millis() / 1000 if context else USUAL_SECONDS
    deadline = Deadline.after(left - RESERVE_SECONDS)
    account = _account(context)
    if "Records" not in event:
        # Invoked by hand: what fails is seen at once.
        dispatch(read(json.dumps(event)), _invocation(account), deadline)
        return None
    failed = [record for record in event["Records"] if not _from_queue(record, account, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _from_queue(record: Mapping[str, Any], account: str, deadline: Deadline) -> bool:
    """Whether the record is done with; if not, it goes back to the queue."""
    receives = receives_of(record)
    try:
        dispatch(read(record["body"]), _invocation(account), deadline)
    except Unreadable as error:
        return _records().dead_letter(record, str(error))
    except PostponedMessage as error:
        return _postpone(record, receives, str(error))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        logger.error("failed", extra={"stack": "".join(traceback.format_exception(error)), "receives": receives})
    else:
        return True
    if _records().is_last(record):
        _end_scan(record["body"], account)
    return _records().again(record, reason)


def _records() -> QueueRecords:
    return QueueRecords("tag-compliance-checker", BACKOFF, _client)


def _postpone(record: Mapping[str, Any], receives: int, reason: str) -> bool:
    """What may come later, or never: neither is worth a dead letter."""
    is_over = receives > len(LATER)
    logger.info("given up" if is_over else "postponed", extra={"why": reason[:REASON_LIMIT], "receives": receives})
    if not is_over:
        _records().hide(record, LATER[receives - 1])
    return is_over


def _end_scan(body: str, account: str) -> None:
    """A scan whose message is given up runs no more; else the next one would be dropped until this one is too old."""
    try:
        meaning = read(body)
        if isinstance(meaning, ScanStep):
            _world(account).ledger.end_scan(int(meaning.message["step"]["scan"]))
        elif isinstance(meaning, StartScan):
            _world(account).ledger.end_scan(meaning.at)
    except Exception as error:
        logger.warning("scan not ended", extra={"because": type(error).__name__})


def dispatch(meaning: Meaning, world: World, deadline: Deadline) -> None:
    """Have a message handled. Raises Unreadable where it cannot be, now or later."""
    if isinstance(meaning, Ignored):
        logger.info("ignored", extra={"why": meaning.why})
        return
    _HANDLERS[type(meaning)](meaning, world, deadline)


# Each loads its module when it is first needed: most invocations are about one change, and 128 MB are not much.


def _change(change: Any, world: World, _deadline: Deadline) -> None:
    from handlers.compliance import changes

    changes.handle(change, world)


def _start_scan(start: StartScan, world: World, deadline: Deadline) -> None:
    """A scan that an event asks for is a message of its own, so that a change never takes as long as a scan."""
    if start.by == "event":
        logger.warning("the event names no resource: scanning everything", extra={"scan": start.at})
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start.at / 1000))
        world.messages.send({"scan": {"at": at, "by": "no-id"}})
        return
    if start.at > world.now() + MOST_AHEAD_MS:
        # Until then it would count as the latest, and all others would be dropped.
        raise Unreadable(f"the scan time {start.at} is in the future; check the clock of the sender")
    from handlers.compliance import scan

    scan.start(start.at, world, deadline)


def _resume_scan(step: ScanStep, world: World, deadline: Deadline) -> None:
    from handlers.compliance import scan
    from handlers.compliance.steps import step_of

    try:
        known = step_of(step.message)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"the message is not a step of a scan: {type(error).__name__}: {error}") from error
    scan.resume(known, world, deadline)


def _tick(_tick: Tick, world: World, deadline: Deadline) -> None:
    from handlers.compliance.tick import tick

    tick(world, deadline)


def _find_launcher(search: FindLauncher, world: World, _deadline: Deadline) -> None:
    from handlers.compliance import launcher_search

    launcher_search.handle(search, world)


_HANDLERS: Mapping[type, Callable[[Any, World, Deadline], None]] = {
    Change: _change,
    StartScan: _start_scan,
    ScanStep: _resume_scan,
    Tick: _tick,
    FindLauncher: _find_launcher,
}


def _account(context: Any) -> str:
    """The account that the function is in: arn:aws:lambda:<region>:<account>:function:<name>."""
    arn = getattr(context, "invoked_function_arn", "")
    return arn.split(":")[4] if arn else os.environ.get("AWS_ACCOUNT_ID", "")


def _client(service: str, region: str | None = None) -> Any:
    return aws.client(service, READ_SECONDS, ATTEMPTS_OF.get(service, ATTEMPTS), region)


def _invocation(account: str) -> World:
    """The world of one message: what remediation reads to copy from is not kept for the next."""
    world = _world(account)
    if world.rules.remediate is None:
        return world
    from handlers.compliance.aws_remedy import Remediator

    return replace(world, remediation=Remediator(_client, world.rules))


@cache
def _world(account: str) -> World:
    from handlers.compliance import aws_outputs
    from handlers.compliance.aws_resources import AwsResources
    from handlers.compliance.dynamo_ledger import DynamoLedger
    from handlers.compliance.rules import read_rules

    rules = read_rules()
    region, bus = _client("sqs").meta.region_name, os.environ["BUS_ARN"]
    return World(
        account=account,
        region=region,
        environment=os.environ["ENVIRONMENT"],
        rules=rules,
        now=lambda: time.time_ns() // 1_000_000,
        ledger=DynamoLedger(_client("dynamodb"), os.environ["TABLE_NAME"]),
        resources=AwsResources(_client, account, region),
        records=_Lazy(lambda: aws_outputs.S3Records(_client("s3"), os.environ["BUCKET_NAME"])),
        metrics=_Lazy(lambda: aws_outputs.CloudWatchMetrics(_client("cloudwatch"))),
        findings=_Lazy(lambda: aws_outputs.EventBridgeFindings(_client("events", bus.split(":")[3]), bus, region)),
        messages=aws_outputs.SqsMessages(_client("sqs"), os.environ["QUEUE_URL"]),
        trail=_Lazy(_trail) if rules.notify.launcher else None,
    )


def _trail() -> Any:
    from handlers.compliance.aws_trail import AwsTrail

    return AwsTrail(_client("cloudtrail"))


class _Lazy:
    """An output whose client is made when it is first used: a tick that finds nothing to do needs few of them."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)


def _warm() -> None:
    """Load what the first change will need."""
    warm_up(
        [
            lambda: _client("ec2"),
            lambda: _client("dynamodb"),
            lambda: _client("sqs"),
            lambda: __import__("handlers.compliance.changes"),
        ]
    )


if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    _warm()
