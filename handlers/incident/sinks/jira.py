"""Jira, Cloud or Data Center: one issue for each incident.

Cloud: https://developer.atlassian.com/cloud/jira/platform/rest/v3/, documents in ADF, searched by /search/jql.
Data Center: https://docs.atlassian.com/software/jira/docs/api/REST/9.17.0/, wiki text, searched by /search.

Each step is a row of calls, and what the earlier ones brought is in the attempt's progress:

    open      [search, while it is unsure]  create
    repeat    status  [transitions  move]  comment; likewise where a finding changed
    resolve   comment  [status  [transitions  move]]
    updated   edit of title and description; so before the comment of a repeat or an end where alarms are several
    reminder  [status]  comment; none where somebody has moved the issue on
    others    comment; so where more is known of a finding, which reopens nothing

Creating an issue is not repeatable, so it carries the incident as a label, and an attempt that may have succeeded is
followed by two searches, two minutes apart, before the next: Jira's index takes some seconds to know a new issue, and a
request may take effect after its answer was given up. Should there be two issues all the same, every later search finds
them, and the younger ones are closed with a link to the oldest.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from handlers.common.deadline import Deadline
from handlers.incident import jira_text
from handlers.incident.channels import Channel
from handlers.incident.jira_api import IssueNotFound, JiraApi
from handlers.incident.report import Report, Step, clip
from handlers.incident.sinks.sink import Advance, Attempt, Blame, SinkFailed, Tools, plain_report

logger = logging.getLogger(__name__)
NEW, DONE = "new", "done"
STATUS_LIMIT = 80
# The steps after which the issue is open.
AGAIN = (Step.OPEN, Step.REPEAT, Step.CHANGED)
# The resolutions that say of an alarm what there is to say, should the workflow want one.
RESOLUTIONS = ("done", "fixed", "resolved")
COMMENTS_LOOKED_AT = 50
MOST_ISSUES = 10
# A search that finds nothing is repeated after this long, in seconds; only then is it believed.
SEARCH_AGAIN_SECONDS = 120
BELIEVED_MS = 180_000
# What stays done whatever becomes unsure afterwards.
_LASTING = ("commented", "moved", "described", "linked", "younger", "looked_again")


class Sink:
    """Opens, comments on, reopens and resolves."""

    tickets: ClassVar[bool] = True
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Make the next call towards an issue that says how the incident stands."""
        api = JiraApi(self.channel, self.tools, deadline)
        sent_report = plain_report(report) if attempt.plain else report
        return _Step(api, self.channel.settings, sent_report, attempt).advance()


class _Step:
    """One call of one step."""

    def __init__(self, api: JiraApi, settings: Mapping[str, Any], report: Report, attempt: Attempt) -> None:
        self.api, self.settings = api, settings
        self.report, self.attempt = report, attempt
        # What was looked up before an attempt became unsure says nothing about what it did.
        self.looked_up_anew = {"unsure": str(attempt.unsure_since)} if attempt.unsure else {}
        progress = dict(attempt.progress)
        if attempt.unsure and progress.get("unsure") != str(attempt.unsure_since):
            progress = {name: value for name, value in progress.items() if name in _LASTING}
        self.progress = progress

    def advance(self) -> Advance:
        """Make it."""
        reference = self.attempt.reference
        if reference is None:
            return self._open() if self.report.step in AGAIN else Advance(None)
        try:
            if self.progress.get("younger"):
                return self._close_younger(reference)
            return self._follow(reference)
        except IssueNotFound:
            if self.report.step in AGAIN:
                return Advance(None, finished=False)
            logger.info("the issue no longer exists", extra={"reference": reference, "incident": self.report.episode})
            return Advance(reference)

    def _open(self) -> Advance:
        if self.attempt.unsure and "searched" not in self.progress:
            return self._search()
        fields: dict[str, Any] = {
            "project": {"key": self.settings["project"]},
            "issuetype": {"name": self.settings.get("issue_type") or "Incident"},
            "summary": jira_text.summary(self.report),
            "description": self._description(),
            "labels": [self.report.label, "obsgen", self.report.environment],
        }
        priority = (self.settings.get("priority") or {}).get(self.report.severity)
        if priority:
            fields["priority"] = {"name": priority}
        issue = self.api.change("POST", "/issue", {"fields": fields}).json()
        if not isinstance(issue, dict) or not isinstance(issue.get("key"), str):
            raise SinkFailed("Jira created an issue but returned no key", unsure=True)
        return Advance(issue["key"])

    def _search(self) -> Advance:
        """The issues that earlier attempts made, found by their label."""
        jql = f'project = "{self.settings["project"]}" AND labels = "{self.report.label}" ORDER BY created ASC'
        query = urlencode({"jql": jql, "fields": "key,status", "maxResults": MOST_ISSUES})
        response = self.api.read(f"/search{'/jql' if self.api.cloud else ''}?{query}")
        issues = response.get("issues")
        if not isinstance(issues, list):
            raise SinkFailed("Jira's search response is not readable")
        keys = [str(issue["key"]) for issue in issues if isinstance(issue, dict) and issue.get("key")]
        if keys:
            younger = " ".join(keys[1:])
            return self._on(keys[0], younger=younger) if younger else Advance(keys[0])
        if self.attempt.unsure_ms < BELIEVED_MS:
            raise SinkFailed(
                "Jira did not confirm that it created the issue, and a search does not find it yet",
                retry_after=SEARCH_AGAIN_SECONDS,
                blame=Blame.DELIVERY,
            )
        return self._on(None, searched="1")

    def _follow(self, reference: str) -> Advance:
        step, progress = self.report.step, self.progress
        if step is Step.UPDATED:
            return self._describe(reference, last=True)
        if step is Step.REMINDER and "ticket" in self.attempt.acknowledge and "looked_at" not in progress:
            return self._look(reference)
        again = step in AGAIN
        if again and "moved" not in progress:
            return self._move(reference, done=False)
        # While it is open: a workflow may forbid edits of what is done.
        describes = self.report.is_of_several and step in (Step.REPEAT, Step.RESOLVE)
        if describes and "described" not in progress:
            return self._describe(reference, last=False)
        if "commented" not in progress:
            last = again or step is not Step.RESOLVE or not self.settings.get("resolve_on_ok")
            return self._comment(reference, last=last)
        return self._move(reference, done=True)

    def _describe(self, reference: str, *, last: bool) -> Advance:
        """Bring title and table of members up to date. Where that is not permitted the comments have to do.

        Jira says of a user who may not edit issues that the fields are not on the screen, with 400
        (https://jira.atlassian.com/browse/JRASERVER-67013).
        """
        fields = {"summary": jira_text.summary(self.report), "description": self._description()}
        answer = self.api.ask("PUT", f"/issue/{reference}", {"fields": fields}, reference)
        if answer.status in (400, 403):
            why = str(self.api.refused(answer))
            logger.warning("the issue cannot be edited", extra={"reference": reference, "because": why})
        else:
            self.api.check(answer)
        return self._on(reference, finished=last, described="1")

    def _look(self, reference: str) -> Advance:
        """Whoever moves an issue on has taken it on, and needs no reminder."""
        category, name = self._status(reference)
        if category != NEW:
            return Advance(reference, acknowledged_by=f"{reference} is {clip(name, STATUS_LIMIT)}")
        return self._on(reference, looked_at="1")

    def _comment(self, reference: str, *, last: bool) -> Advance:
        if self.attempt.unsure and "no_comment" not in self.progress:
            if self._has_comment(reference):
                return self._on(reference, finished=last, commented="1")
            return self._on(reference, no_comment="1")
        self.api.change("POST", f"/issue/{reference}/comment", {"body": self._document()}, reference)
        return self._on(reference, finished=last, commented="1")

    def _has_comment(self, reference: str) -> bool:
        """Whether an earlier attempt at this step left its comment."""
        query = urlencode({"orderBy": "-created", "maxResults": COMMENTS_LOOKED_AT})
        comments = self.api.read(f"/issue/{reference}/comment?{query}", reference).get("comments")
        if not isinstance(comments, list):
            raise SinkFailed(f"Jira's comments on {reference} are not readable")
        words = jira_text.mark(self.report)
        return any(
            words in part for comment in comments if isinstance(comment, dict) for part in _texts(comment.get("body"))
        )

    def _move(self, reference: str, *, done: bool) -> Advance:
        """To the other side of the workflow; where it has no way there the comment has to do."""
        if "status" not in self.progress:
            on_its_side = (self._status(reference)[0] == DONE) is done
            return self._moved(reference, done) if on_its_side else self._on(reference, status="other")
        if "transition" not in self.progress:
            data = self._transition(reference, done=done)
            return self._on(reference, transition=data) if data else self._moved(reference, done)
        answer = self.api.ask(
            "POST", f"/issue/{reference}/transitions", json.loads(self.progress["transition"]), reference
        )
        if answer.status in (400, 409):
            # Somebody moved it in between: look again, once.
            if "looked_again" not in self.progress:
                return self._on(reference, drop=("status", "transition"), looked_again="1")
            raise self.api.refused(answer)
        self.api.check(answer)
        return self._moved(reference, done)

    def _moved(self, reference: str, done: bool) -> Advance:
        return self._on(reference, finished=done, moved="1")

    def _status(self, reference: str) -> tuple[str, str]:
        """The category of the issue's status, which is new, indeterminate or done, and its name."""
        issue = self.api.read(f"/issue/{reference}?fields=status", reference)
        try:
            status = issue["fields"]["status"]
            return str(status["statusCategory"]["key"]), str(status.get("name") or "in another status")
        except (KeyError, TypeError):
            raise SinkFailed(f"Jira's response has no status for {reference}") from None

    def _transition(self, reference: str, *, done: bool) -> str:
        """The transition to take, as JSON; empty where none leads there."""
        listed: Any = self.api.read(f"/issue/{reference}/transitions?expand=transitions.fields", reference)
        try:
            fitting = [
                transition
                for transition in listed["transitions"]
                if (transition["to"]["statusCategory"]["key"] == DONE) is done
            ]
            if not fitting:
                logger.warning("no transition to that status", extra={"reference": reference, "done": done})
                return ""
            # Of two ways back the one to an issue that nobody has taken on yet.
            chosen = min(
                fitting,
                key=lambda transition: (
                    len(_required(transition) - {"resolution"}),
                    not done and transition["to"]["statusCategory"]["key"] != NEW,
                ),
            )
            data: dict[str, Any] = {"transition": {"id": str(chosen["id"])}}
            if "resolution" in _required(chosen):
                data["fields"] = {"resolution": _resolution(chosen["fields"]["resolution"])}
        except (KeyError, TypeError, AttributeError):
            raise SinkFailed(f"Jira's transitions of {reference} are not readable") from None
        return json.dumps(data)

    def _close_younger(self, reference: str) -> Advance:
        """Of several issues for one incident all but the oldest are closed, with a comment that names the oldest."""
        key, _, rest = self.progress["younger"].partition(" ")
        over = {"younger": rest}
        removed = ("linked", "younger_transition")
        try:
            if "linked" not in self.progress:
                body = jira_text.note(
                    f"Duplicate of {reference}: updates for this incident are added there.", cloud=self.api.cloud
                )
                self.api.change("POST", f"/issue/{key}/comment", {"body": body}, key)
                return self._on(reference, linked="1")
            if "younger_transition" not in self.progress:
                data = self._transition(key, done=True)
                return self._on(reference, younger_transition=data) if data else self._next(reference, removed, over)
            self.api.change("POST", f"/issue/{key}/transitions", json.loads(self.progress["younger_transition"]), key)
        except IssueNotFound:
            logger.info("the duplicate no longer exists", extra={"reference": key, "incident": self.report.episode})
        return self._next(reference, removed, over)

    def _next(self, reference: str, gone: tuple[str, ...], over: dict[str, str]) -> Advance:
        opened = self.report.step in AGAIN and not over["younger"]
        return self._on(reference, finished=opened, drop=gone, **over)

    def _on(self, reference: str | None, *, finished: bool = False, drop: tuple[str, ...] = (), **more: str) -> Advance:
        remaining = {name: value for name, value in self.progress.items() if name not in drop}
        return Advance(reference, finished, {**remaining, **self.looked_up_anew, **more})

    def _description(self) -> Any:
        return jira_text.description(self.report, cloud=self.api.cloud)

    def _document(self) -> Any:
        return jira_text.adf(self.report) if self.api.cloud else jira_text.wiki(self.report)


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
    return {name for name, field in fields.items() if field.get("required") and not field.get("hasDefaultValue")}


def _resolution(about: Mapping[str, Any]) -> dict[str, str]:
    """One of the values that the screen takes."""
    allowed = about.get("allowedValues") or [{"name": "Done"}]
    known = {str(value.get("name", "")).lower(): value for value in allowed}
    return {"name": str(next((known[name] for name in RESOLUTIONS if name in known), allowed[0])["name"])}
