"""Text messages by SNS, to one telephone: https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html.

A message has as many parts as its title takes, usually one and two at most, for each part is paid for. A MessageId
proves that SNS has accepted it: what becomes of it after that, as with an opted-out number, is in SNS's delivery log.
"""

from __future__ import annotations

from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.sinks.sink import Advance, Attempt, Tools, of_channel, plain_report
from handlers.incident.vendors.aws_call import AwsSinkError, call
from handlers.incident.vendors.sms_text import fitted, number_of_parts

MOST_PARTS = 2
# What nobody has to be woken for.
QUIET = (Step.CHANGED, Step.ADDED, Step.NOTICE, Step.EVIDENCE)


class Sink:
    """A text message when an incident opens, becomes worse or repeats, is not acknowledged, and ends."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = False
    omits: ClassVar[frozenset[Step]] = frozenset({Step.UPDATED})

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:  # noqa: ARG002
        """Send it. A text message cannot be looked for: where it is unsure it is sent again."""
        if report.step not in QUIET:
            self._send(text(plain_report(report) if attempt.plain else report), plain=attempt.plain)
        return Advance(None)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> None:  # noqa: ARG002
        """Send how many there are of what; there is no room for a list."""
        self._send(digest_text(digest), plain=False)

    def _send(self, message: str, *, plain: bool) -> None:
        settings = self.channel.settings
        attributes: dict[str, Any] = {"AWS.SNS.SMS.SMSType": _string("Transactional")}
        if settings.get("sender_id"):
            attributes["AWS.SNS.SMS.SenderID"] = _string(str(settings["sender_id"]))
        try:
            call(
                "SNS",
                self.tools.client("sns", region=settings.get("region")).publish,
                PhoneNumber=str(settings["phone_number"]),
                Message=message,
                MessageAttributes=attributes,
            )
        except AwsSinkError as error:
            raise of_channel(error, plain=plain) from None


def _string(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def text(report: Report) -> str:
    """The title, and of what the alarm means, while it is in ALARM, as much as costs no further part."""
    title = fitted(report.title, MOST_PARTS)
    lead = "" if report.step is Step.RESOLVE else report.lead
    return fitted(f"{title}. {lead}", number_of_parts(title)) if lead else title


def digest_text(digest: Digest) -> str:
    """The title, and how many of what."""
    counts = ", ".join(f"{label}: {number}" for label, number in digest.counts)
    return fitted(f"{digest.title} {counts}", MOST_PARTS)
