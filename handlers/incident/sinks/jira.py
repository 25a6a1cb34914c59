"""Jira, Cloud or Data Center: one issue for each episode.

Cloud: https://developer.atlassian.com/cloud/jira/platform/rest/v3/, documents in ADF, searched by /search/jql.
Data Center: https://docs.atlassian.com/software/jira/docs/api/REST/9.17.0/, wiki text, searched by /search.

Creating an issue is not repeatable, so it carries the episode as a label, and an attempt that may have succeeded is
followed by a search before the next. Cloud's index takes some seconds to know a new issue; the queue waits longer.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import Any, ClassVar, cast
from urllib.parse import urlencode, urlsplit

from handlers.common.deadline import Deadline
from handlers.common.http import Answer
from handlers.incident import jira_text
from handlers.incident.report import Report, Step
from handlers.incident.sinks.sink import Channel, SinkFailed, Tools, ask, credentials, quoted

logger = logging.getLogger(__name__)
WHO = "Jira"
DONE = "done"
# The resolutions that say of an alarm what there is to say, should the workflow want one.
RESOLUTIONS = ("done", "fixed", "resolved")
COMMENTS_LOOKED_AT = 50


class Sink:
    """Opens, comments on, reopens and resolves."""

    tickets: ClassVar[bool] = True

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def tell(self, report: Report, ref: str | None, deadline: Deadline, *, unsure: bool) -> str | None:
        """Bring the episode's issue to where the episode stands."""
        secret = credentials(self.channel, self.tools, "token")
        return _Talk(self.channel, self.tools, secret, deadline).tell(report, ref, unsure=unsure)


def is_cloud(channel: Channel) -> bool:
    """By the setting; without one by the address."""
    api = channel.settings.get("api")
    host = urlsplit(str(channel.settings["url"])).hostname or ""
    return api == "cloud" if api else host.endswith(".atlassian.net") or host == "api.atlassian.com"


class _Gone(Exception):
    """There is no such issue any more, or it is hidden from us."""


class _Talk:
    """The calls of one step."""

    def __init__(self, channel: Channel, tools: Tools, secret: Mapping[str, str], deadline: Deadline) -> None:
        self.channel, self.tools, self.deadline = channel, tools, deadline
        self.settings = channel.settings
        self.cloud = is_cloud(channel)
        self.root = f"{str(self.settings['url']).rstrip('/')}/rest/api/{3 if self.cloud else 2}"
        authorization = _authorization(secret)
        self.headers = {"Authorization": authorization, "Accept": "application/json"}
        self.hidden = (secret["token"], authorization.partition(" ")[2])
        # Set once something of this step has taken effect: whatever fails after that has to look first next time.
        self.changed = False

    def tell(self, report: Report, ref: str | None, *, unsure: bool) -> str | None:
        try:
            if ref is None:
                return self._open(report, unsure=unsure) if report.step in (Step.OPEN, Step.REPEAT) else None
            return self._follow(report, ref, unsure=unsure)
        except SinkFailed as error:
            unsure = error.unsure or self.changed
            raise SinkFailed(str(error), unsure=unsure, retry_after=error.retry_after) from None

    def _follow(self, report: Report, ref: str, *, unsure: bool) -> str:
        try:
            if report.step in (Step.REPEAT, Step.OPEN) and self._status(ref) == DONE:
                self._move(ref, done=False)
            if not (unsure and self._has_comment(report, ref)):
                self._change("POST", f"/issue/{ref}/comment", {"body": self._document(report)}, ref)
            if report.step is Step.RESOLVE and self.settings.get("resolve_on_ok") and self._status(ref) != DONE:
                self._move(ref, done=True)
        except _Gone:
            if report.step in (Step.REPEAT, Step.OPEN):
                return self._open(report, unsure=unsure)
            logger.info("the issue is gone", extra={"ref": ref, "episode": report.episode, "step": str(report.step)})
        return ref

    def _open(self, report: Report, *, unsure: bool) -> str:
        known = self._find(report) if unsure else None
        if known:
            return known
        fields: dict[str, Any] = {
            "project": {"key": self.settings["project"]},
            "issuetype": {"name": self.settings.get("issue_type") or "Incident"},
            "summary": jira_text.summary(report),
            "description": self._document(report),
            "labels": [report.label, "obsgen", report.environment],
        }
        priority = (self.settings.get("priority") or {}).get(report.severity)
        if priority:
            fields["priority"] = {"name": priority}
        made = self._change("POST", "/issue", {"fields": fields}).json()
        if not isinstance(made, dict) or not made.get("key"):
            raise SinkFailed("Jira made an issue and did not say which", unsure=True)
        return str(made["key"])

    def _find(self, report: Report) -> str | None:
        """The issue that an earlier attempt made, found by its label."""
        jql = f'project = "{self.settings["project"]}" AND labels = "{report.label}" ORDER BY created ASC'
        query = urlencode({"jql": jql, "fields": "key,status", "maxResults": 1})
        found = self._ask("GET", f"/search{'/jql' if self.cloud else ''}?{query}").json()
        issues = found.get("issues") if isinstance(found, dict) else None
        if not isinstance(issues, list):
            raise SinkFailed("Jira's answer to a search cannot be read")
        return str(issues[0]["key"]) if issues else None

    def _has_comment(self, report: Report, ref: str) -> bool:
        """Whether an earlier attempt at this step left its comment."""
        query = urlencode({"orderBy": "-created", "maxResults": COMMENTS_LOOKED_AT})
        text = self._ask("GET", f"/issue/{ref}/comment?{query}", ref=ref).json()
        comments = text.get("comments", []) if isinstance(text, dict) else []
        words = jira_text.mark(report)
        return any(words in part for comment in comments for part in _texts(comment.get("body")))

    def _status(self, ref: str) -> str:
        """The category of the issue's status: new, indeterminate or done."""
        issue = self._ask("GET", f"/issue/{ref}?fields=status", ref=ref).json()
        try:
            return str(issue["fields"]["status"]["statusCategory"]["key"])
        except (KeyError, TypeError):
            raise SinkFailed(f"Jira does not say what status {ref} has") from None

    def _move(self, ref: str, *, done: bool) -> None:
        """Take a transition to the other side; where the workflow has none the comment has to do."""
        answer = self._ask("GET", f"/issue/{ref}/transitions?expand=transitions.fields", ref=ref).json()
        listed = answer.get("transitions", []) if isinstance(answer, dict) else []
        fitting = [t for t in listed if (t["to"]["statusCategory"]["key"] == DONE) is done]
        if not fitting:
            logger.warning("no transition leads there", extra={"ref": ref, "done": done})
            return
        chosen = min(fitting, key=lambda transition: len(_required(transition) - {"resolution"}))
        data: dict[str, Any] = {"transition": {"id": str(chosen["id"])}}
        if "resolution" in _required(chosen):
            data["fields"] = {"resolution": _resolution(chosen["fields"]["resolution"])}
        self._change("POST", f"/issue/{ref}/transitions", data, ref)

    def _document(self, report: Report) -> Any:
        return jira_text.adf(report) if self.cloud else jira_text.wiki(report)

    def _change(self, method: str, path: str, data: Any, ref: str | None = None) -> Answer:
        answer = self._ask(method, path, data, ref)
        self.changed = True
        return answer

    def _ask(self, method: str, path: str, data: Any = None, ref: str | None = None) -> Answer:
        answer = ask(self.tools, method, self.root + path, self.deadline, who=WHO, headers=self.headers, data=data)
        if 200 <= answer.status < 300:
            return answer
        if answer.status == 404 and ref:
            raise _Gone
        raise SinkFailed(f"Jira refused ({answer.status}): {self._why(answer)}")

    def _why(self, answer: Answer) -> str:
        said = _complaint(answer.json())
        if answer.status == 401:
            said = f"check the e-mail and the token in the secret {self.channel.secret}. {said}"
        if answer.status == 403:
            said = (
                f"the user of the secret {self.channel.secret} may not do this in {self.settings['project']}; "
                f"it has to browse projects, create issues, add comments and transition issues. {said}"
            )
        if answer.status == 404:
            said = f"check url, api and project of the channel {self.channel.name}. {said}"
        if answer.status == 400 and ("appropriate screen" in said or "cannot be set" in said):
            said = (
                f"{said} Put the field on the create screen of {self.settings['project']}"
                f"{', or take `priority` out of the channel' if 'priority' in said else ''}."
            )
        return quoted(said, self.hidden, 500).rstrip() or "it did not say why"


def _authorization(secret: Mapping[str, str]) -> str:
    """https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/, or a bearer token."""
    email, token = secret.get("email"), secret["token"]
    return f"Basic {base64.b64encode(f'{email}:{token}'.encode()).decode()}" if email else f"Bearer {token}"


def _complaint(answer: Any) -> str:
    """`errorMessages` and `errors` in one line."""
    if not isinstance(answer, dict):
        return ""
    messages, errors = answer.get("errorMessages"), answer.get("errors")
    parts = [str(message) for message in messages] if isinstance(messages, list) else []
    parts += [f"{name}: {text}" for name, text in errors.items()] if isinstance(errors, dict) else []
    return "; ".join(parts)


def _texts(body: Any) -> list[str]:
    """Every text of a comment, wiki text with its escapes undone."""
    if isinstance(body, str):
        return [body.replace("\\", "")]
    if isinstance(body, dict):
        inner = [text for child in body.get("content", []) for text in _texts(child)]
        return [*([body["text"]] if "text" in body else []), *inner]
    return []


def _required(transition: Mapping[str, Any]) -> set[str]:
    fields = cast(Mapping[str, Any], transition.get("fields") or {})
    return {name for name, about in fields.items() if about.get("required") and not about.get("hasDefaultValue")}


def _resolution(about: Mapping[str, Any]) -> dict[str, str]:
    """One of the values that the screen takes."""
    allowed = about.get("allowedValues") or [{"name": "Done"}]
    known = {str(value.get("name", "")).lower(): value for value in allowed}
    return {"name": str(next((known[name] for name in RESOLUTIONS if name in known), allowed[0])["name"])}
