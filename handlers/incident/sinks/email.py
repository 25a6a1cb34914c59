"""E-mail by way of the hub's SNS topic; each subscription's filter looks at the attribute `channels`.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html says what a subject may hold.
"""

from __future__ import annotations

import json
import re
from typing import ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.aws_call import call
from handlers.incident.channels import Channel
from handlers.incident.report import Digest, Report, Step, clip, is_address
from handlers.incident.sinks.sink import Advance, Attempt, Tools, plain_report

# "ASCII text that begins with a letter, number, or punctuation mark", no control characters, "less than 100".
SUBJECT_LIMIT = 99
# SNS takes 256 KB; a mail of a tenth of it is more than anybody reads.
TEXT_LIMIT, LINE_LIMIT = 24_000, 400


class Sink:
    """A mail for each step but the log lines, for whoever reads mail follows the link."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = False
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:  # noqa: ARG002
        """Publish it. A mail cannot be looked for: where it is unsure it is sent again."""
        if report.step is not Step.EVIDENCE:
            sent_report = plain_report(report) if attempt.plain else report
            self._publish(subject(sent_report.title_within(SUBJECT_LIMIT)), text(sent_report))
        return Advance(None)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> None:  # noqa: ARG002
        """Publish the list; a mail cannot be edited."""
        self._publish(subject(digest.title), digest_text(digest))

    def _publish(self, title: str, body: str) -> None:
        names = {"DataType": "String.Array", "StringValue": json.dumps([self.channel.name])}
        call(
            "SNS",
            self.tools.client("sns").publish,
            TopicArn=self.tools.topic_arn,
            Subject=title,
            Message=body[:TEXT_LIMIT],
            MessageAttributes={"channels": names},
        )


def subject(title: str) -> str:
    """The title as far as SNS takes it."""
    printable = re.sub(r"[^\x20-\x7e]+", "?", " ".join(title.split())).lstrip()
    return printable if len(printable) <= SUBJECT_LIMIT else printable[: SUBJECT_LIMIT - 3].rstrip() + "..."


def text(report: Report) -> str:
    """The body: what it is, the facts, the links, and last the alarms, however many; plain text, for SNS sends nothing
    else.
    """
    facts = [f"{name}: {value}" for name, value in report.facts]
    links = [f"{label}: {url}" for label, url in report.links if is_address(url)]
    lead = [report.lead, ""] if report.lead else []
    members = ["", *listed(report)] if report.is_of_several else []
    return "\n".join([report.title, "", *lead, *facts, *(["", *links] if links else []), *members, ""])


def listed(report: Report) -> list[str]:
    """The members, one a line, and how many there are besides."""
    more = report.total - len(report.members)
    lines = [clip(member.text, LINE_LIMIT) for member in report.members]
    return [*lines, *([f"and {more} more"] if more > 0 else [])]


def digest_text(digest: Digest) -> str:
    """The list: how many of what, then one incident a line."""
    counts = [f"{label}: {number}" for label, number in digest.counts]
    more = digest.total - len(digest.lines)
    lines = [*digest.lines, *([f"and {more} more"] if more > 0 else [])]
    link = ["", f"Dashboard: {digest.link}"] if is_address(digest.link) else []
    return "\n".join([digest.title, "", *counts, "", *lines, *link, ""])
