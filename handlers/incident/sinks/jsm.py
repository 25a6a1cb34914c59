"""Alerts of Jira Service Management Operations, or of Opsgenie: one alert for each incident, found by its alias.

https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/ and
https://docs.opsgenie.com/docs/alert-api have the same requests below another address.

A second alert with the alias of one that is open only counts it up, so every request is repeatable, but for notes. It
pages nobody either; so what is worth another page while an alert is open gets an alias of its own. The reference is
the aliases whose alerts may be open.

A request is only accepted (202), and carried out later. So each one is followed by questions for its outcome:

    open, changed    create  outcome
    repeat           the same; of several alarms, while its alert is open: create  outcome  close  outcome
    resolve          close  outcome, for each alias
    evidence, added  note  outcome
    others           nothing
"""

from __future__ import annotations

import logging
import re
from typing import Any, ClassVar
from urllib.parse import quote

from handlers.common.deadline import Deadline
from handlers.common.http import Answer
from handlers.incident.channels import Channel
from handlers.incident.message.report import Report, Step
from handlers.incident.sinks.sink import (
    Advance,
    Attempt,
    Blame,
    SinkFailed,
    Tools,
    ask,
    blame_for,
    credentials,
    plain_report,
    quoted,
)
from handlers.incident.vendors import jsm_text

logger = logging.getLogger(__name__)
URL = "https://api.atlassian.com/jsm/ops/integration"
WHO = "Jira Service Management"
ACCEPTED, NOT_YET, FORBIDDEN = 202, 404, 403
# What is kept of a request until its outcome is known.
UNDER_WAY = ("request", "action", "key", "at", "asked")
# So often the outcome is asked for at once; then the delivery waits.
QUESTIONS = 5
# What has no good outcome after so long is sent again, in milliseconds; and how long to wait until then, in seconds.
AGAIN_AFTER_MS, WAIT_SECONDS = 60_000, 10.0
# Fields that hold nothing but settings of the channel.
_OF_SETTINGS = re.compile(r"(?:responders|priority)\b")
# Of a close or a note: people have closed or deleted the alert.
_OVER = re.compile(r"(?i)not exist|not found|already closed|is closed")


class Sink:
    """Opens and closes alerts; what is merely worth knowing is a note, which pages nobody."""

    tickets: ClassVar[bool] = True
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset({Step.UPDATED, Step.REMINDER})

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Make the next call that the step takes, if it takes one."""
        if report.step in (Step.NOTICE, *self.omits):
            return Advance(attempt.reference)
        sent_report = plain_report(report) if attempt.plain else report
        return _Step(self, sent_report, attempt, deadline).advance()


class _Step:
    """One call of one step. What is under way is `request`, of `action` for `key`, sent at `at`, asked for `asked`
    times; `done`: the aliases that are dealt with; `paged`: that of another page.
    """

    def __init__(self, sink: Sink, report: Report, attempt: Attempt, deadline: Deadline) -> None:
        self.tools, self.channel, self.deadline = sink.tools, sink.channel, deadline
        self.report, self.attempt = report, attempt
        self.settings = sink.channel.settings
        self.progress = dict(attempt.progress)
        self.keys = (attempt.reference or report.label).split()

    def advance(self) -> Advance:
        """Make it."""
        if "request" in self.progress:
            return self._outcome()
        match self.report.step:
            case Step.RESOLVE:
                return self._ask("close", self.keys[0])
            case Step.EVIDENCE | Step.ADDED:
                return self._ask("note", self.keys[-1])
        is_another_page = self.report.step is Step.REPEAT and self.report.is_of_several and self.attempt.is_open
        return self._page_anew() if is_another_page else self._ask("create", self.keys[-1])

    def _page_anew(self) -> Advance:
        """Something else has gone wrong: an alert of its own, which pages, and then the end of the one before.

        The new alias is written down before it is used: whatever becomes of the call, its alert will be closed.
        """
        key = f"{self.report.label}-{self.attempt.begun_for // 1000}"
        if key not in self.keys:
            return Advance(" ".join([*self.keys, key]), finished=False, progress={"page": key})
        if "paged" not in self.progress:
            return self._ask("create", key)
        return self._ask("close", next(other_key for other_key in self.keys if other_key != key))

    def _ask(self, action: str, key: str) -> Advance:
        path = "" if action == "create" else f"/{quote(key, safe='')}/{'close' if action == 'close' else 'notes'}"
        query = "" if action == "create" else "?identifierType=alias"
        answer = self._call("POST", f"/v2/alerts{path}{query}", self._data(action, key))
        response = answer.json()
        if answer.status == ACCEPTED:
            request = response.get("requestId") if isinstance(response, dict) else None
            if not isinstance(request, str) or not request:
                raise SinkFailed(f"the response of {WHO} is not readable", unsure=True)
            return self._on(request=request, action=action, key=key, at=str(self._now()), asked="0")
        if 200 <= answer.status < 300:
            raise SinkFailed(f"the response is not from {WHO} ({answer.status})", unsure=True)
        raise self._refused(answer)

    def _data(self, action: str, key: str) -> dict[str, Any]:
        if action == "create":
            priorities = self.settings.get("priority") or {}
            return jsm_text.alert(self.report, key, priorities, self.settings.get("responders") or ())
        source = {"source": "obsgen", "user": "obsgen"}
        return {**source, "note": jsm_text.note(self.report)} if action == "note" else source

    def _outcome(self) -> Advance:
        """What became of the request."""
        answer = self._call("GET", f"/v2/alerts/requests/{quote(self.progress['request'], safe='')}", None)
        if answer.status == NOT_YET:
            return self._wait("has not processed the request yet")
        if answer.status == FORBIDDEN:
            # Another question would have the same answer, and the request was accepted.
            why = "the API key has no right to read, so that the outcome of a request is not known"
            logger.warning(why, extra={"channel": self.channel.name, "incident": self.report.episode})
            return self._done()
        if answer.status != 200:
            raise self._refused(answer)
        response = answer.json()
        data = response.get("data") if isinstance(response, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("isSuccess"), bool):
            raise SinkFailed(f"the response of {WHO} is not readable")
        status = quoted(str(data.get("status") or "no reason given"), (self._key(),))
        if data["isSuccess"] or (self.progress["action"] != "create" and _OVER.search(status)):
            return self._done()
        return self._wait(f"did not process the request: {status}", is_final=True)

    def _wait(self, what: str, *, is_final: bool = False) -> Advance:
        """Ask again at once, or later; what takes too long, or was refused a while ago, is sent again."""
        if self._now() - int(self.progress["at"]) >= AGAIN_AFTER_MS:
            return self._on(without=UNDER_WAY)
        questions = int(self.progress["asked"]) + 1
        if is_final or questions > QUESTIONS:
            raise SinkFailed(f"{WHO} {what}", retry_after=WAIT_SECONDS, blame=Blame.DELIVERY)
        return self._on(asked=str(questions))

    def _done(self) -> Advance:
        """The request has had its effect."""
        action, key = self.progress["action"], self.progress["key"]
        if self.report.step is Step.RESOLVE and len(self.keys) > 1:
            self.keys.remove(key)
            return self._on(without=UNDER_WAY)
        if "page" in self.progress and self.report.step is Step.REPEAT:
            if action == "close":
                self.keys.remove(key)
            return self._on(finished=len(self.keys) == 1, without=UNDER_WAY, paged="1")
        return Advance(" ".join(self.keys))

    def _on(self, *, finished: bool = False, without: tuple[str, ...] = (), **more: str) -> Advance:
        remaining = {name: value for name, value in self.progress.items() if name not in without}
        return Advance(" ".join(self.keys), finished, {**remaining, **more})

    def _call(self, method: str, path: str, data: Any) -> Answer:
        url = f"{str(self.settings.get('url') or URL).rstrip('/')}{path}"
        headers = {"Authorization": f"GenieKey {self._key()}"}
        return ask(self.tools, self.channel, method, url, self.deadline, who=WHO, headers=headers, data=data)

    def _key(self) -> str:
        return credentials(self.channel, self.tools, "api_key")["api_key"]

    def _now(self) -> int:
        return int(self.tools.now() * 1000)

    def _refused(self, answer: Answer) -> SinkFailed:
        """`message`, and `errors` by field: https://docs.opsgenie.com/docs/response. A key that is none is a 422."""
        response = answer.json()
        reason = _reason(response) if isinstance(response, dict) else ""
        if answer.status in (401, 402, 403):
            check = f"check the API key in the secret {self.channel.secret}: it has to be an API integration's"
            reason = f"{check}. {reason}"
        is_setting = "key format" in reason.lower() or _is_about_settings(response)
        blame = Blame.CHANNEL if is_setting else blame_for(answer.status)
        detail = quoted(reason, (self._key(),)) or "no reason given"
        return SinkFailed(f"{WHO} refused ({answer.status}): {detail}", blame=blame)


def _is_about_settings(response: Any) -> bool:
    """Whether only settings are wrong, such as `responders[0]`: https://github.com/prometheus/alertmanager/issues/1223."""
    errors = response.get("errors") if isinstance(response, dict) else None
    return isinstance(errors, dict) and bool(errors) and all(map(_OF_SETTINGS.match, map(str, errors)))


def _reason(response: dict[str, Any]) -> str:
    errors = response.get("errors")
    parts = [str(response.get("message") or "")]
    parts += [f"{name}: {text}" for name, text in errors.items()] if isinstance(errors, dict) else []
    return "; ".join(part for part in parts if part)
