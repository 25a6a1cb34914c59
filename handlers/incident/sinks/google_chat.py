"""Google Chat, by the incoming webhook of a space: a thread for each incident, with a card for each of its changes.

https://developers.google.com/workspace/chat/quickstart/webhooks: the address is that of spaces.messages.create with a
key and a token, and a message names its thread by a key of ours. A webhook can only create messages, so nothing is
edited. `requestId` has Google return the first message instead of creating another one, where it is sent again:
https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlencode

from handlers.common.deadline import Deadline
from handlers.common.http import Answer
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
from handlers.incident.vendors import google_chat_text

WHO = "Google Chat"
# The answers to the address of a webhook that was deleted or has another token, or whose space does not admit it.
NOT_THERE = (401, 403, 404)
# A reply is seen by those who follow its thread, so what people must not miss is a message of the space, too. The first
# message of a thread is one.
LOUD = (Step.REPEAT, Step.REMINDER)


class Sink:
    """A message for each step, in the thread of its incident."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Post it in the thread; of what people must not miss, a second call posts it in the space."""
        try:
            return self._advance(report, attempt, deadline)
        except SinkFailed as failure:
            raise of_channel(failure, plain=attempt.plain) from None

    def _advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        message = google_chat_text.plain(plain_report(report)) if attempt.plain else google_chat_text.message(report)
        request = f"{report.episode}-{self.channel.name}-{report.step}-{attempt.begun_for}"
        if "replied" in attempt.progress:
            self._post(message, f"{request}-space", deadline)
            return Advance(attempt.reference)
        self._post({**message, "thread": {"threadKey": report.label}}, request, deadline)
        is_loud = report.step in LOUD and attempt.reference is not None
        return Advance(report.label, finished=not is_loud, progress={"replied": "1"} if is_loud else {})

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> None:  # noqa: ARG002
        """Post the list; it cannot be edited afterwards."""
        self._post(google_chat_text.digest(digest), f"digest-{self.channel.name}-{digest.at}-{digest.total}", deadline)

    def _post(self, message: dict[str, Any], request: str, deadline: Deadline) -> None:
        address = credentials(self.channel, self.tools, "webhook_url")["webhook_url"]
        query = {"messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"} if "thread" in message else {}
        url = f"{address}{'&' if '?' in address else '?'}{urlencode({**query, 'requestId': request})}"
        answer = ask(self.tools, self.channel, "POST", url, deadline, who=WHO, data=message)
        if not 200 <= answer.status < 300:
            status, key_fault = _status(answer), _key_fault(answer)
            is_there = answer.status not in NOT_THERE and not key_fault
            advice = "" if is_there else f"; check the address in the secret {self.channel.secret}"
            blame = blame_for(answer.status) if is_there else Blame.CHANNEL
            raise SinkFailed(f"{WHO} refused ({answer.status}): {key_fault or status}{advice}", blame=blame)
        response = answer.json() if answer.status == 200 else None
        if not isinstance(response, dict) or not str(response.get("name", "")).startswith("spaces/"):
            raise SinkFailed(f"{WHO}'s response is not readable", unsure=True)


def _key_fault(answer: Answer) -> str:
    """What Google says of the address's key, which is a 400, too; empty where it is not about the key.

    https://cloud.google.com/apis/design/errors#error_info
    """
    details = error_of(answer).get("details")
    details = details if isinstance(details, list) else []
    reasons = [str(detail.get("reason", "")) for detail in details if isinstance(detail, dict)]
    return next((reason for reason in reasons if re.fullmatch(r"API_KEY_[A-Z_]{1,40}", reason)), "")


def _status(answer: Answer) -> str:
    """The error's status, if it looks like one: a message may quote the address, which is the secret.

    https://cloud.google.com/apis/design/errors
    """
    status = str(error_of(answer).get("status", ""))
    return status if re.fullmatch(r"[A-Z]+(?:_[A-Z]+){0,5}", status) and len(status) <= 40 else "no reason given"
