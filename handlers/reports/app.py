"""The report function's entry point: a message of its queue in, one at a time.

What fails is handed out again after a wait that grows, and goes to the dead letters with the reason after the last
receive.

Environment: TABLE_NAME, BUCKET_NAME, TOPIC_ARN, QUEUE_URL, DEAD_LETTERS_URL, MAX_RECEIVES, ENVIRONMENT. Rights, beside
those of its log and its queue:

- dynamodb: GetItem, BatchGetItem, Query, UpdateItem on the table, Query on its indexes;
- s3:PutObject on the bucket; cloudwatch:GetMetricData; secretsmanager:GetSecretValue on the channels' secrets;
- sns:Publish on the topic, or ses:SendEmail on the sender's identity.
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
from handlers.reports.messages import Unreadable, read
from handlers.reports.run import World, run

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
NAMESPACE = "Obsgen/MonitoringEvents"
USUAL_SECONDS, RESERVE_SECONDS = 120.0, 3.0
# Seconds before the second, the third and every later receive.
BACKOFF = (60, 300, 900)
READ_SECONDS, ATTEMPTS = 10.0, 3


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    """Lambda's entry point. From a queue: the records that failed, and only those, are handed out again."""
    left = context.get_remaining_time_in_millis() / 1000 if context else USUAL_SECONDS
    deadline = Deadline.after(left - RESERVE_SECONDS)
    if "Records" not in event:
        _report(json.dumps(event), deadline)
        return None
    failed = [record for record in event["Records"] if not _from_queue(record, deadline)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _report(body: str, deadline: Deadline) -> None:
    world = _world()
    run(read(body, world.reports.reports), world, deadline)


def _from_queue(record: Mapping[str, Any], deadline: Deadline) -> bool:
    """Whether the record is done with; if not, it goes back to the queue."""
    try:
        _report(record["body"], deadline)
    except Unreadable as error:
        return _records().dead_letter(record, str(error))
    except Exception as error:
        reason = _world().tools.secrets.hide(f"{type(error).__name__}: {error}")
        stack = _world().tools.secrets.hide("".join(traceback.format_exception(error)))
        logger.error("report failed", extra={"stack": stack, "receives": receives_of(record)})
    else:
        return True
    if _records().is_last(record):
        _count_failure()
    return _records().again(record, reason)


def _records() -> QueueRecords:
    return QueueRecords("daily-report", BACKOFF, _client)


def _count_failure() -> None:
    """A report that nobody gets is a metric, which an alarm watches."""
    dimensions = {"Environment": os.environ["ENVIRONMENT"]}
    line = emf.line(NAMESPACE, time.time_ns() // 1_000_000, dimensions, {"ReportFailures": (1, "Count")})
    emf.write_line(line)


def _client(service: str) -> Any:
    return aws.client(service, READ_SECONDS, ATTEMPTS)


@cache
def _world() -> World:
    from handlers.common.http import Http
    from handlers.common.secrets import Secrets
    from handlers.events.dynamo_store import DynamoStore
    from handlers.events.settings import read_settings
    from handlers.reports.deliver import Tools
    from handlers.reports.sent import SentReports
    from handlers.reports.settings import read_report_settings

    settings, reports = read_settings(), read_report_settings()
    dynamodb, table = _client("dynamodb"), os.environ["TABLE_NAME"]
    secrets = Secrets(lambda: _client("secretsmanager"))
    tools = Tools(_client, Http(), secrets, os.environ.get("TOPIC_ARN", ""), reports.sender)
    store = DynamoStore(dynamodb, table, settings.keep_days)
    return World(settings, reports, store, SentReports(dynamodb, table), tools, os.environ.get("BUCKET_NAME", ""))
