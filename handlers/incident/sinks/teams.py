"""Microsoft Teams, by the webhook of a workflow: an Adaptive Card for each change of an incident.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using says how a
card is posted. The answer is 202 before the workflow has posted anything, and names no message: what was sent can
neither be looked for nor edited, has no thread, and whether the workflow has posted it is not known here. A workflow
that somebody gave a Response action answers with another 2xx, and has taken the card, too: sent again, it would be
posted again each time.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.common.http import Answer, is_page
from handlers.incident.channels import Channel
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.sinks.sink import (
    Advance,
    Attempt,
    Blame,
    SinkFailed,
    Tools,
    ask,
    blame_for,
    credentials,
    error_of,
    of_channel,
    plain_report,
)
from handlers.incident.vendors import teams_text

WHO = "Teams"
# The answers to the address of a workflow that was deleted, or has another signature by now. One that was switched off
# answers with 400 and WorkflowTriggerIsNotEnabled.
NOT_THERE = (401, 403, 404, 410)


class Sink:
    """A message for each step."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Post it. A message cannot be looked for: where it is unsure it is sent again."""
        try:
            self._post(teams_text.message(plain_report(report) if attempt.plain else report), deadline)
        except SinkFailed as failure:
            raise of_channel(failure, plain=attempt.plain) from None
        return Advance(None)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> None:  # noqa: ARG002
        """Post the list; it cannot be edited afterwards."""
        self._post(teams_text.digest(digest), deadline)

    def _post(self, message: dict[str, Any], deadline: Deadline) -> None:
        url = credentials(self.channel, self.tools, "webhook_url")["webhook_url"]
        answer = ask(self.tools, self.channel, "POST", url, deadline, who=WHO, data=message)
        if 200 <= answer.status < 300:
            if is_page(answer):
                raise SinkFailed(f"the response is a page, and not from a workflow ({answer.status})", unsure=True)
            return
        code = _code(answer)
        is_there = answer.status not in NOT_THERE and not code.startswith("Workflow")
        advice = "" if is_there else f"; check the address in the secret {self.channel.secret}"
        blame = blame_for(answer.status) if is_there else Blame.CHANNEL
        raise SinkFailed(f"{WHO} refused ({answer.status}): {code}{advice}", blame=blame)


def _code(answer: Answer) -> str:
    """The error's code, if it looks like one: a message may quote the address, which is the secret."""
    code = str(error_of(answer).get("code", ""))
    return code if re.fullmatch(r"[A-Za-z]{1,30}", code) else "no reason given"
