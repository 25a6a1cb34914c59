"""Text messages in a drill: those that the simulated SNS has accepted for a telephone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit import vendor
from generator.drill.vendors.kit.vendor import Connection, DrillServices, Entry

# https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
E164 = re.compile(r"\+[1-9][0-9]{1,14}")
# What two parts have room for, with a heading in each that joins them.
GSM_CHARACTERS, UCS2_UNITS = 306, 134
SILENT_STEPS = ("added", "changed", "evidence", "notice", "updated")


class Vendor(vendor.Vendor):
    """The telephone of one channel. sent: the number and text of every message that SNS has accepted, oldest first."""

    is_read: ClassVar[bool] = True
    confirms: ClassVar[bool] = False
    latency_ms: ClassVar[int] = 100

    def __init__(self, phone_number: str, sent: Callable[[], list[tuple[str, str]]]) -> None:
        self.violations = []
        self._phone_number, self._sent = phone_number, sent
        self._texts: list[str] = []
        self._times: list[float] = []

    @classmethod
    def connect(cls, _name: str, channel: Entry, services: DrillServices) -> Connection:
        """The channel stays as it is: moto keeps text messages instead of sending them."""
        # Not at the top: a simulation has no moto.
        from moto.sns.models import sns_backends

        account = services.client("sts").get_caller_identity()["Account"]
        region = str(channel.get("region") or services.client("sns").meta.region_name)
        backend = sns_backends[account][region]
        return Connection(cls(str(channel["phone_number"]), lambda: [*backend.sms_messages.values()]), dict(channel))

    def deliveries(self) -> list[float]:
        """When each text message was seen first, because SNS shows no times."""
        self._fetch()
        return list(self._times)

    def data(self) -> dict[str, Any]:
        """The texts, oldest first."""
        self._fetch()
        return {"texts": [{"to": self._phone_number, "text": text} for text in self._texts]}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Number and text."""
        yield from (f"to {message['to']}: {message['text']}" for message in data["texts"])

    @classmethod
    def calls(cls, step: str, _report: Any, _attempt: Any, _settings: Entry) -> int:
        """None for what nobody has to be woken for."""
        return 0 if step in SILENT_STEPS else 1

    def _fetch(self) -> None:
        texts = [text for number, text in self._sent() if number == self._phone_number]
        for text in texts[len(self._texts) :]:
            if not E164.fullmatch(self._phone_number):
                self.violations.append(f"sms: {self._phone_number} is not in E.164 format")
            limit = GSM_CHARACTERS if text.isascii() else UCS2_UNITS
            if not text or "\n" in text or len(text) > limit:
                self.violations.append(f"sms: a text of {len(text)} characters")
            self._texts.append(text)
            self._times.append(time.time())
