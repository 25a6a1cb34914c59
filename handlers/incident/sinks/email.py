"""E-mail by way of the hub's SNS topic; each subscription's filter looks at the attribute `channels`.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html says what a subject may hold.
"""

from __future__ import annotations

import json
import re
from typing import ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.aws_call import call
from handlers.incident.report import Report, Step
from handlers.incident.sinks.sink import Channel, Tools

# "ASCII text that begins with a letter, number, or punctuation mark", no control characters, "less than 100".
SUBJECT_LIMIT = 99


class Sink:
    """A mail for each step but the log lines: whoever reads mail follows the link."""

    tickets: ClassVar[bool] = False

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def tell(self, report: Report, ref: str | None, deadline: Deadline, *, unsure: bool) -> str | None:  # noqa: ARG002
        """Publish it. A mail cannot be looked for: where it is unsure it is sent again."""
        if report.step is Step.EVIDENCE:
            return None
        call(
            "SNS",
            self.tools.client("sns").publish,
            TopicArn=self.tools.topic_arn,
            Subject=subject(report.title),
            Message=text(report),
            MessageAttributes={
                "channels": {"DataType": "String.Array", "StringValue": json.dumps([self.channel.name])}
            },
        )
        return None


def subject(title: str) -> str:
    """The title as far as SNS takes it."""
    printable = re.sub(r"[^\x20-\x7e]+", "?", " ".join(title.split())).lstrip()
    return printable if len(printable) <= SUBJECT_LIMIT else printable[: SUBJECT_LIMIT - 3].rstrip() + "..."


def text(report: Report) -> str:
    """The body: what it is, the facts, the links; plain text, for SNS sends nothing else."""
    facts = [f"{name}: {value}" for name, value in report.facts]
    links = [f"{label}: {url}" for label, url in report.links]
    return "\n".join([report.title, "", report.summary, "", *facts, *(["", *links] if links else []), ""])
