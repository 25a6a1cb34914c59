"""An SNS topic in a drill: one of the simulated AWS in place of the channel's, and a queue that subscribes to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit import vendor
from generator.drill.vendors.kit.queues import ReceivingQueue, words_of
from generator.drill.vendors.kit.vendor import Connection, DrillServices, Entry

FIFO = ".fifo"
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, and for raw delivery to SQS
# https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
MESSAGE_BYTES, SUBJECT_CHARACTERS, MOST_ATTRIBUTES = 262_144, 100, 10
KEYS = {"idempotency_key", "step", "version"}


class Vendor(vendor.Vendor):
    """queue: subscribed to the topic. is_json: the channel's format."""

    latency_ms: ClassVar[int] = 60

    def __init__(self, queue: ReceivingQueue, *, is_json: bool) -> None:
        self.violations = []
        self._queue, self._is_json = queue, is_json
        self._messages: list[dict[str, Any]] = []

    @classmethod
    def connect(cls, name: str, channel: Entry, services: DrillServices) -> Connection:
        """A topic of the same kind, standard or FIFO, in the drill's own account and Region."""
        is_fifo = str(channel["topic"]).endswith(FIFO)
        ending, sns = FIFO if is_fifo else "", services.client("sns")
        topic = sns.create_topic(Name=f"drill-{name}{ending}", Attributes={"FifoTopic": "true"} if is_fifo else {})[
            "TopicArn"
        ]
        queue_attributes = {"FifoQueue": "true"} if is_fifo else {}
        queue = ReceivingQueue(services.client("sqs"), f"drill-sns-{name}{ending}", queue_attributes)
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
        is_json = channel.get("format", "json") == "json"
        return Connection(cls(queue, is_json=is_json), {**channel, "topic": topic})

    def deliveries(self) -> list[float]:
        """When the queue received each message."""
        self._fetch()
        return [float(message["at"]) for message in self._messages]

    def data(self) -> dict[str, Any]:
        """The messages with subject, attributes and body, oldest first."""
        self._fetch()
        return {"sns_messages": self._messages}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Subject and attributes, then the text; of JSON the fields that are no lists or objects."""
        for message in data["sns_messages"]:
            group = f", group {message['group']}" if message["group"] else ""
            yield f"message{group}: {message['subject']}"
            yield "  attributes: " + ", ".join(f"{name} {value}" for name, value in message["attributes"].items())
            body = message["body"]
            if isinstance(body, str):
                yield from (f"  {line}" for line in body.splitlines() if line.strip())
            else:
                yield "  " + "   ".join(words_of(body))

    def _fetch(self) -> None:
        for message in self._queue.take():
            envelope = message["body"]
            words = {name: str(value["Value"]) for name, value in envelope.get("MessageAttributes", {}).items()}
            subject, text = str(envelope.get("Subject") or ""), str(envelope["Message"])
            self._check(subject, text, words)
            body = self._parsed(text) if self._is_json else text
            message_data = {"subject": subject, "attributes": words, "body": body}
            self._messages.append({**message_data, "group": message["group"], "at": message["at"]})

    def _check(self, subject: str, text: str, words: Mapping[str, str]) -> None:
        """What SNS would refuse, and moto does not."""
        size = len(text.encode()) + sum(len(f"{name}{value}".encode()) for name, value in words.items())
        if not subject or len(subject) > SUBJECT_CHARACTERS or not subject.isascii() or not subject.isprintable():
            self.violations.append(f"sns: the subject {subject!r}")
        if size > MESSAGE_BYTES:
            self.violations.append(f"sns: a message of {size} bytes")
        if len(words) > MOST_ATTRIBUTES or not all(words.values()):
            self.violations.append(f"sns: the attributes {sorted(words)}")

    def _parsed(self, text: str) -> Any:
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        if not isinstance(body, dict) or KEYS - body.keys():
            self.violations.append("sns: a message that is not the documented JSON")
            return text
        return body
