"""An EventBridge event bus of the customer's own.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: a request succeeds although an entry
failed, so the answer is read. A bus that does not exist swallows what is put (https://github.com/aws/aws-cli/issues/9186),
so `obsgen deploy` asks whether it does.
"""

from __future__ import annotations

from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.common.partitions import partition
from handlers.incident.channels import Channel
from handlers.incident.contributor import alarm_of
from handlers.incident.message.report import Report, Step
from handlers.incident.sinks.sink import Advance, Attempt, Blame, SinkFailed, Tools, plain_report
from handlers.incident.sinks.sns import json_text
from handlers.incident.sinks.webhook import step_key
from handlers.incident.vendors.aws_call import INVALID, THROTTLED, WAIT_SECONDS, AwsSinkError, call, of_channel

SOURCE = "obsgen.incidents"
OPENED, CHANGED, CLOSED = "Incident Opened", "Incident Changed", "Incident Closed"
DETAIL_TYPES = {Step.OPEN: OPENED, Step.RESOLVE: CLOSED}
WHO = "EventBridge"
# Codes of an entry, beside those of a request, that speak against its content.
MALFORMED = {*INVALID, "InvalidArgument", "MalformedDetail"}


class Sink:
    """An event for each step."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools
        self.bus = str(channel.settings["bus"])

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:  # noqa: ARG002
        """Put it. Nothing can be looked up: a repeated event has the same idempotency_key."""
        if attempt.plain:
            report = plain_report(report)
        entry = {
            "EventBusName": self.bus,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES.get(report.step, CHANGED),
            "Detail": json_text(report, step_key(report, attempt, self.channel)),
            "Resources": [] if attempt.plain else resources(report),
        }
        client = self.tools.client("events", region=self.bus.split(":")[3])
        try:
            answer = call(WHO, client.put_events, Entries=[entry])
        except AwsSinkError as error:
            raise of_channel(error, plain=attempt.plain) from None
        if failure := entry_failure(answer, plain=attempt.plain):
            raise failure
        return Advance(None)


def entry_failure(answer: dict[str, Any], *, plain: bool) -> SinkFailed | None:
    """What the answer says of the only entry; None where it was accepted."""
    if not answer.get("FailedEntryCount"):
        return None
    entries = answer.get("Entries") or [{}]
    code = str(entries[0].get("ErrorCode") or "unknown")
    if code in THROTTLED:
        return SinkFailed(f"{WHO} asked to retry later ({code})", retry_after=WAIT_SECONDS)
    if code.startswith("Internal"):
        return SinkFailed(f"{WHO} failed ({code})", unsure=True)
    is_content = code in MALFORMED and not plain
    return SinkFailed(f"{WHO} refused: {code}", blame=Blame.CONTENT if is_content else Blame.CHANNEL)


def resources(report: Report) -> list[str]:
    """The alarm's ARN, of an incident that is about one, or about a contributor of one."""
    if report.finding or report.is_of_several:
        return []
    place = f"{report.region}:{report.account}"
    return [f"arn:{partition(report.region)}:cloudwatch:{place}:alarm:{alarm_of(report.alarm)}"]
