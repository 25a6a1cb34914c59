"""E-mail in a drill: each mailbox of a channel is a queue that the hub's topic delivers to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit import vendor
from generator.drill.vendors.kit.vendor import Connection, DrillServices, Entry


class Vendor(vendor.Vendor):
    """The mailboxes of one channel. sqs: a client. mailboxes: address to the URL of its queue."""

    is_read: ClassVar[bool] = True
    latency_ms: ClassVar[int] = 60

    def __init__(self, sqs: Any, mailboxes: Mapping[str, str]) -> None:
        self.violations = []
        self._sqs, self._mailboxes = sqs, mailboxes
        self._mails: dict[str, list[dict[str, Any]]] = {address: [] for address in mailboxes}

    @classmethod
    def connect(cls, name: str, channel: Entry, services: DrillServices) -> Connection:
        """The channel stays as it is: its subscriptions are what differs."""
        return Connection(cls(services.client("sqs"), services.mailboxes(name)), dict(channel))

    def deliveries(self) -> list[float]:
        """Those that every mailbox has received."""
        self._fetch()
        fewest: list[dict[str, Any]] = min(self._mails.values(), key=len, default=[])
        return [float(mail["at"]) for mail in fewest]

    def data(self) -> dict[str, Any]:
        """The mails by address."""
        self._fetch()
        return {"mails": self._mails}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Recipient and subject, then the text."""
        for address, mails in data["mails"].items():
            for mail in mails:
                yield f"to {address}: {mail['subject']}"
                yield from (f"  {line}" for line in mail["text"].splitlines() if line.strip())

    def _fetch(self) -> None:
        for address, url in self._mailboxes.items():
            while messages := self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SentTimestamp"]
            ).get("Messages"):
                for message in messages:
                    self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    body = json.loads(message["Body"])
                    at = int(message["Attributes"]["SentTimestamp"]) / 1000
                    self._mails[address].append({"subject": body.get("Subject"), "text": body["Message"], "at": at})
