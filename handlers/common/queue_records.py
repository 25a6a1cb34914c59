"""What becomes of a message that Lambda took from a queue: done with, handed out again later, or a dead letter.

What fails is handed out again after a wait that grows, and goes to the dead letters with the reason after the last
receive. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

Environment: QUEUE_URL, MAX_RECEIVES; DEAD_LETTERS_URL, without which the queue itself moves what failed, and no reason
is said. Rights: sqs:ChangeMessageVisibility on the queues, sqs:SendMessage on the dead letters.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)
REASON_LIMIT = 900

Record = Mapping[str, Any]


def receives_of(record: Record) -> int:
    """How often the message was handed out, this time included."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))


@dataclass(frozen=True, slots=True)
class QueueRecords:
    """Ways out for messages of one function. origin: what dead letters say of where they come from.

    backoff: seconds before the second, the third and every later receive. client: makes a client of a service.
    """

    origin: str
    backoff: tuple[int, ...]
    client: Callable[[str], Any]

    def is_last(self, record: Record) -> bool:
        """Whether the message will not be handed out again."""
        return receives_of(record) >= int(os.environ["MAX_RECEIVES"])

    def again(self, record: Record, reason: str) -> bool:
        """Whether the record is done with after it failed: a dead letter where this was its last receive."""
        receives = receives_of(record)
        if self.is_last(record):
            return self.dead_letter(record, f"given up after {receives} receives: {reason}")
        self.hide(record, self.backoff[min(receives, len(self.backoff)) - 1])
        return False

    def dead_letter(self, record: Record, reason: str) -> bool:
        """Put it where it can be looked at and replayed; False where that failed, so that the queue does it."""
        logger.error("dead letter", extra={"why": reason})
        url = os.environ.get("DEAD_LETTERS_URL")
        if not url:
            return False
        attributes = {"Reason": reason[:REASON_LIMIT], "Origin": self.origin}
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        try:
            self.client("sqs").send_message(QueueUrl=url, MessageBody=record["body"], MessageAttributes=typed)
        except Exception as error:
            # A message as large as SQS allows leaves no room for the reason; then the queue moves it, without one.
            logger.error("not dead-lettered", extra={"because": f"{type(error).__name__}: {error}"})
            return False
        return True

    def hide(self, record: Record, seconds: int) -> None:
        """Let the queue that it came from wait; where that fails, it hands the record out after its usual time."""
        try:
            url = os.environ["QUEUE_URL"]
            name = str(record.get("eventSourceARN", "")).rpartition(":")[2]
            self.client("sqs").change_message_visibility(
                QueueUrl=f"{url.rpartition('/')[0]}/{name}" if name else url,
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=seconds,
            )
        except Exception as error:
            logger.warning("visibility timeout not changed", extra={"because": type(error).__name__})
