"""Wake-ups of the channels' workers, by the notifier's queue."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence

from handlers.common.aws import client

logger = logging.getLogger(__name__)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
BATCH = 10


def send(channels: Sequence[str]) -> None:
    """Wake the workers of these channels. One that the queue does not take costs a minute at most, until the tick.

    Raises what botocore raises where the queue is out of reach.
    """
    for start in range(0, len(channels), BATCH):
        entries = [
            {"Id": str(index), "MessageBody": json.dumps({"wake": name})}
            for index, name in enumerate(channels[start : start + BATCH])
        ]
        answer = client("sqs").send_message_batch(QueueUrl=os.environ["WAKE_UPS_URL"], Entries=entries)
        for failed in answer.get("Failed", ()):
            logger.warning("wake-up not sent", extra={"because": failed.get("Code")})
