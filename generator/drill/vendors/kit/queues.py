"""Queues in a drill that receive what a topic or an event bus delivers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


class ReceivingQueue:
    """A queue of the simulated AWS. messages: bodies read so far, with `at` in seconds since 1970."""

    def __init__(self, sqs: Any, name: str, attributes: dict[str, str] | None = None) -> None:
        self._sqs = sqs
        self._url = str(sqs.create_queue(QueueName=name, Attributes=attributes or {})["QueueUrl"])
        described = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn = str(described["Attributes"]["QueueArn"])

    def take(self) -> Iterator[dict[str, Any]]:
        """The messages since the last call: `body`, parsed, `group` of a FIFO queue, and `at`."""
        while messages := self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                system = message["Attributes"]
                at = int(system["SentTimestamp"]) / 1000
                yield {"body": json.loads(message["Body"]), "group": system.get("MessageGroupId", ""), "at": at}


def words_of(data: Mapping[str, Any]) -> Iterator[str]:
    """Name and value of the fields of a message that are neither empty nor lists or objects."""
    yield from (f"{name}: {value}" for name, value in data.items() if isinstance(value, str | int) and value != "")
