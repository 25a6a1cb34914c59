"""The incident function's door: SQS records in, the ones that failed out.

In this version an alarm is told by e-mail, through the hub's SNS topic; the other channels of its route are named in
the message. What cannot be read is reported as failed, so that the queue hands it out again and then dead-letters it.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import logging
import os
from functools import cache
from typing import Any

from handlers.incident.message import Message, message_for
from handlers.incident.routing import Routing, read_routing

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
# Well inside the function's three seconds, with one retry.
CONNECT_SECONDS = 0.5
READ_SECONDS = 1.0


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Tell about each record; the ones that failed go back to the queue."""
    failed = []
    for record in event["Records"]:
        try:
            _tell(json.loads(record["body"]))
        except Exception:
            logger.exception("record %s goes back to the queue", record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _tell(event: dict[str, Any]) -> None:
    message = message_for(event, _routing())
    if message is None:
        logger.info("nobody is to hear about %s", event["detail"]["alarmName"])
        return
    _publish(message)
    logger.info("told about %s", event["detail"]["alarmName"])


def _publish(message: Message) -> None:
    attributes: dict[str, Any] = {
        "channels": {"DataType": "String.Array", "StringValue": json.dumps(list(message.channels))}
    }
    _sns().publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=message.subject,
        Message=message.text,
        MessageAttributes=attributes,
    )


@cache
def _routing() -> Routing:
    return read_routing()


@cache
def _sns() -> Any:
    import boto3
    from botocore.config import Config

    limits = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 2})
    return boto3.client("sns", config=limits)
