"""Jira's REST API as far as the sink uses it: one call at a time, and whatever goes wrong as SinkFailed.

Cloud: https://developer.atlassian.com/cloud/jira/platform/rest/v3/. Data Center:
https://docs.atlassian.com/software/jira/docs/api/REST/9.17.0/.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from handlers.common.deadline import Deadline
from handlers.common.http import Answer
from handlers.incident.channels import Channel
from handlers.incident.sinks.sink import Blame, SinkFailed, Tools, ask, blame_for, credentials, quoted

WHO = "Jira"
CONFLICT = 409
# The fields whose content comes from the incident.
WRITTEN = {"body", "comment", "description", "labels", "summary"}


class IssueNotFound(Exception):
    """There is no such issue any more, or it is hidden from us."""


def is_cloud(channel: Channel) -> bool:
    """By the setting; without one by the address."""
    api = channel.settings.get("api")
    host = urlsplit(str(channel.settings["url"])).hostname or ""
    return api == "cloud" if api else host.endswith(".atlassian.net") or host == "api.atlassian.com"


class JiraApi:
    """The calls of one channel, until the deadline."""

    def __init__(self, channel: Channel, tools: Tools, deadline: Deadline) -> None:
        secret = credentials(channel, tools, "token")
        self.channel, self.tools, self.deadline = channel, tools, deadline
        self.cloud = is_cloud(channel)
        self.root = f"{str(channel.settings['url']).rstrip('/')}/rest/api/{3 if self.cloud else 2}"
        authorization = _authorization(secret)
        self.headers = {"Authorization": authorization, "Accept": "application/json"}
        self.hidden = (secret["token"], authorization.partition(" ")[2])

    def read(self, path: str, reference: str | None = None) -> dict[str, Any]:
        """What a GET returns, which has to be a JSON object: a proxy's log-in page comes with 200, too."""
        answer = self.ask("GET", path, None, reference)
        if not 200 <= answer.status < 300:
            raise self.refused(answer)
        body = answer.json()
        if not isinstance(body, dict):
            raise SinkFailed("Jira's response is not JSON; check for a login page in front of it")
        return body

    def change(self, method: str, path: str, data: Any, reference: str | None = None) -> Answer:
        answer = self.ask(method, path, data, reference)
        self.check(answer)
        return answer

    def check(self, answer: Answer) -> None:
        """What a change was answered: 204, or a JSON object. A proxy's page with 200 leaves it open what was done."""
        if not 200 <= answer.status < 300:
            raise self.refused(answer)
        if answer.status != 204 and not isinstance(answer.json(), dict):
            raise SinkFailed("Jira's response is not JSON; check for a login page in front of it", unsure=True)

    def ask(self, method: str, path: str, data: Any, reference: str | None) -> Answer:
        url = self.root + path
        answer = ask(self.tools, self.channel, method, url, self.deadline, who=WHO, headers=self.headers, data=data)
        if answer.status == 404 and reference:
            raise IssueNotFound
        return answer

    def refused(self, answer: Answer) -> SinkFailed:
        """Whatever it was. A field that we only pass on from the settings, or that the project asks for, speaks against
        the channel: that is repaired in Jira, and what is owed can wait for it. A conflict is about one issue that
        somebody else changes at the same time, and passes by itself:
        https://developer.atlassian.com/cloud/jira/platform/change-notice-update-in-simultaneous-transitions-issue-api/
        """
        blame = Blame.DELIVERY if answer.status == CONFLICT else blame_for(answer.status)
        if _fields(answer.json()) - WRITTEN:
            blame = Blame.CHANNEL
        return SinkFailed(f"Jira refused ({answer.status}): {self._why(answer)}", blame=blame)

    def _why(self, answer: Answer) -> str:
        detail = _complaint(answer.json())
        if answer.status == 401:
            detail = f"check the email and the token in the secret {self.channel.secret}. {detail}"
        if answer.status == 403:
            detail = (
                f"the user of the secret {self.channel.secret} is not permitted to do this in "
                f"{self.channel.settings['project']}; "
                f"grant it: browse projects, create and edit issues, add comments, transition issues. {detail}"
            )
        if answer.status == 404:
            detail = f"check url, api and project of the channel {self.channel.name}. {detail}"
        if answer.status == 400 and ("appropriate screen" in detail or "cannot be set" in detail):
            detail = (
                f"{detail} Put the field on the create screen of {self.channel.settings['project']}"
                f"{', or remove `priority` from the channel' if 'priority' in detail else ''}."
            )
        return quoted(detail, self.hidden, 500).rstrip() or "no reason given"


def _authorization(secret: Mapping[str, str]) -> str:
    """https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/, or a bearer token."""
    email, token = secret.get("email"), secret["token"]
    return f"Basic {base64.b64encode(f'{email}:{token}'.encode()).decode()}" if email else f"Bearer {token}"


def _fields(answer: Any) -> set[str]:
    """The fields that an answer complains of."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return set(errors) if isinstance(errors, dict) else set()


def _complaint(answer: Any) -> str:
    """`errorMessages` and `errors` in one line."""
    if not isinstance(answer, dict):
        return ""
    messages, errors = answer.get("errorMessages"), answer.get("errors")
    parts = [str(message) for message in messages] if isinstance(messages, list) else []
    parts += [f"{name}: {text}" for name, text in errors.items()] if isinstance(errors, dict) else []
    return "; ".join(parts)
