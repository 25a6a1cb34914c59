"""An SNS topic of the customer's own: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.

The message is one text for all subscribers, JSON or plain: with `MessageStructure: json`, which has one for each
protocol, SNS drops the message attributes that filter policies look at.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.contributor import alarm_of
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.sinks.email import SUBJECT_LIMIT, TEXT_LIMIT, digest_text, subject, text
from handlers.incident.sinks.sink import Advance, Attempt, Tools, of_channel, plain_report
from handlers.incident.sinks.webhook import content, digest_content, digest_key, step_key
from handlers.incident.vendors.aws_call import AwsSinkError, call

# SQS takes ten attributes where delivery is raw, and SNS discards a message with more.
MOST_ATTRIBUTES, ATTRIBUTE_LIMIT = 10, 256
FIFO = ".fifo"


class Sink:
    """A message for each step, with what subscriptions filter by."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools
        self.topic = str(channel.settings["topic"])
        self.format = str(channel.settings.get("format", "json"))

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:  # noqa: ARG002
        """Publish it. A FIFO topic drops what comes twice within five minutes; others have the key in the message."""
        if attempt.plain:
            report = plain_report(report)
        key = step_key(report, attempt, self.channel)
        body = json_text(report, key) if self.format == "json" else text(report)
        title = subject(report.title_within(SUBJECT_LIMIT))
        self._publish(title, body, attributes(report), (report.episode, key), plain=attempt.plain)
        return Advance(None)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> None:  # noqa: ARG002
        """Publish the list; a message cannot be edited."""
        key = digest_key(digest, self.channel)
        listed = {**digest_content(digest), "idempotency_key": key}
        body = json.dumps(listed, separators=(",", ":")) if self.format == "json" else digest_text(digest)
        words = {"environment": digest.environment, "step": "digest"}
        self._publish(subject(digest.title), body, words, (f"digest-{self.channel.name}", key), plain=False)

    def _publish(self, title: str, body: str, words: dict[str, str], ids: tuple[str, str], *, plain: bool) -> None:
        """ids: of the message's group and of the message, for FIFO topics."""
        region = self.topic.split(":")[3]
        values = {**words, "format": self.format}
        of_fifo = {"MessageGroupId": ids[0], "MessageDeduplicationId": ids[1]} if self.topic.endswith(FIFO) else {}
        try:
            call(
                "SNS",
                self.tools.client("sns", region=region).publish,
                TopicArn=self.topic,
                Subject=title,
                Message=body if self.format == "json" else body[:TEXT_LIMIT],
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value
                },
                **of_fifo,
            )
        except AwsSinkError as error:
            raise of_channel(error, plain=plain) from None


def json_text(report: Report, key: str) -> str:
    """The whole report, with the service that it is about and the key by which a receiver knows what came before."""
    fields: dict[str, Any] = {**content(report), "service": report.service, "idempotency_key": key}
    return json.dumps(fields, separators=(",", ":"))


def attributes(report: Report) -> dict[str, str]:
    """Name to value of what filter policies look at, without `format`; one that is empty is not sent. Of a contributor
    it is the alarm, which can be written down in a policy beforehand.
    """
    values = {
        "account": report.account,
        "alarm": report.alarm if report.finding else alarm_of(report.alarm),
        "environment": report.environment,
        "kind": report.kind_of_incident if report.is_of_several else "finding" if report.finding else "alarm",
        "owner": report.owner,
        "service": report.service,
        "severity": report.severity,
        "state": report.state,
        "step": str(report.step),
    }
    return {name: _attribute(value) for name, value in values.items()}


def _attribute(value: str) -> str:
    """In one line: SNS takes no control characters."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(value.split()))[:ATTRIBUTE_LIMIT]
