"""Channels that are AWS services: mail by SNS, OpsItems by Systems Manager."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.simulation.aws_errors import failure
from tests.simulation.clients import Operation
from tests.simulation.system import phone_number
from tests.simulation.vendors.network import Answer, Request, Vendor


class Mail(Vendor):
    """A subscription that hears what is published for its channel."""

    def handle(self, request: Request) -> Answer:
        """No HTTP leads here."""
        raise NotImplementedError


@dataclass
class OpsItem:
    """key: its deduplication string."""

    id: str
    key: str
    text: str
    status: str = "Open"

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status in ("Open", "InProgress")


class OpsCenter(Vendor):
    """items: by id."""

    def __post_init__(self) -> None:
        self.items: dict[str, OpsItem] = {}

    def handle(self, request: Request) -> Answer:
        """No HTTP leads here."""
        raise NotImplementedError

    def operations(self) -> dict[str, Operation]:
        """The client's."""
        return {"create_ops_item": self._create, "update_ops_item": self._update}

    def _create(self, **given: Any) -> dict[str, Any]:
        key = json.loads(given["OperationalData"]["/aws/dedup"]["Value"])["dedupString"]
        known = next((item for item in self.items.values() if item.key == key and item.is_open), None)
        if known:
            code = "OpsItemAlreadyExistsException"
            raise failure("ssm", "CreateOpsItem", code, OpsItemId=known.id)
        item = OpsItem(f"oi-{len(self.items) + 1:012x}", key, json.dumps(given, sort_keys=True))
        self.items[item.id] = item
        self.saw("create", item.text, key)
        return {"OpsItemId": item.id}

    def _update(self, **given: Any) -> dict[str, Any]:
        item = self.items.get(given["OpsItemId"])
        if item is None:
            raise failure("ssm", "UpdateOpsItem", "OpsItemNotFoundException")
        was_open = item.is_open
        item.status = given.get("Status", item.status)
        if was_open != item.is_open:
            self.saw("reopen" if item.is_open else "close", json.dumps(given, sort_keys=True), item.key)
        elif "Title" in given:
            self.saw("update", json.dumps(given, sort_keys=True), item.key)
        return {}


class Phone(Vendor):
    """A telephone that receives text messages."""

    def handle(self, request: Request) -> Answer:
        """No HTTP leads here."""
        raise NotImplementedError


class Target(Vendor):
    """A topic or an event bus; its receiver takes each idempotency_key once, as the page advises."""

    def __post_init__(self) -> None:
        self.keys: set[str] = set()

    def handle(self, request: Request) -> Answer:
        """No HTTP leads here."""
        raise NotImplementedError

    def receive(self, text: str) -> None:
        """A message, or the detail of an event."""
        key = json.loads(text)["idempotency_key"]
        if key not in self.keys:
            self.keys.add(key)
            self.saw("post", text)


def target_of(arn: str, vendors: dict[str, Vendor]) -> Target | None:
    """The target whose channel an ARN is named after."""
    found = vendors.get(arn.rpartition(":")[2].rpartition("/")[2])
    return found if isinstance(found, Target) else None


def events(vendors: dict[str, Vendor]) -> dict[str, Operation]:
    """PutEvents, of one entry."""

    def put_events(Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        (entry,) = Entries
        bus = target_of(entry["EventBusName"], vendors)
        # One that does not exist swallows what is put: https://github.com/aws/aws-cli/issues/9186
        if bus:
            bus.receive(entry["Detail"])
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "simulated"}]}

    return {"put_events": put_events}


def sns(mails: dict[str, Mail], vendors: dict[str, Vendor]) -> dict[str, Operation]:
    """Publish: to a topic of its own, or to the channels that the attribute `channels` names."""

    def publish(
        Message: str,  # noqa: N803
        MessageAttributes: dict[str, Any],  # noqa: N803
        Subject: str = "",  # noqa: N803
        TopicArn: str = "",  # noqa: N803
        PhoneNumber: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        if PhoneNumber:
            for vendor in vendors.values():
                if isinstance(vendor, Phone) and phone_number(vendor.channel) == PhoneNumber:
                    vendor.saw("post", Message)
            return {"MessageId": "simulated"}
        if not 0 < len(Subject) < 100 or not Subject.isascii():
            raise failure("sns", "Publish", "InvalidParameter", "Invalid parameter: Subject")
        if topic := target_of(TopicArn, vendors):
            topic.receive(Message)
            return {"MessageId": "simulated"}
        for name in json.loads(MessageAttributes["channels"]["StringValue"]):
            if name in mails:
                mails[name].saw("post", f"{Subject}\n{Message}")
        return {"MessageId": "simulated"}

    return {"publish": publish}
