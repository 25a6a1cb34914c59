"""Who hears: for each channel somebody on this machine who listens in the place of the real one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from generator.drill.aws_vendor import AwsVendor
from generator.drill.vendors import BOT_TOKEN, EMAIL, HOOK_KEY, ROUTING_KEY, SLACK_HOOK, TOKEN, Vendors
from generator.drill.webhook_vendor import PATH as HOOK_PATH


class ChannelReceiver(Protocol):
    """One channel's listener. name, type: of the channel."""

    name: str
    type: str

    def heard(self) -> list[float]:
        """When something arrived, in seconds since 1970: one entry for each thing said."""

    def data(self) -> dict[str, Any]:
        """Everything that was heard, as it stands now."""

    def ended(self) -> bool:
        """Whether what has an end has come to it: the issue resolved, the page over."""

    def violations(self) -> list[str]:
        """What the real one would not have taken."""


class HttpReceiver:
    """A channel that is told over HTTP. settings, secret: what the channel becomes, so that it leads here."""

    def __init__(self, name: str, channel: Mapping[str, Any], vendors: Vendors) -> None:
        self.name, self.type, self.vendors = name, str(channel["type"]), vendors
        self.settings: dict[str, Any] = dict(channel)
        self.secret: dict[str, str] = {}
        self.resolves = bool(channel.get("resolve_on_ok"))
        self._times: list[float] = []
        self._lock = threading.Lock()
        _LEADS_HERE[self.type](self)

    def heard(self) -> list[float]:
        """The vendor does not write down when; so what is new since the last look is dated by the look."""
        vendors = self.vendors
        with self._lock:
            said = {
                "jira": len(vendors.issues) + sum(len(issue["comments"]) for issue in vendors.issues.values()),
                "slack": len(vendors.messages),
                "pagerduty": sum(len(alert["events"]) for alert in vendors.alerts.values()),
                "webhook": sum(1 for post in vendors.posts if not post["duplicate"]),
            }[self.type]
            self._times += [time.time()] * (said - len(self._times))
            return list(self._times)

    def listen(self) -> None:
        """Date what arrives when it arrives."""
        told, answer = self.heard, self.vendors.answer

        def answered(request: Any) -> Any:
            reply = answer(request)
            told()
            return reply

        self.vendors.answer = answered  # type: ignore[method-assign]

    def data(self) -> dict[str, Any]:
        """The part of the vendor's state that is this channel's."""
        state = self.vendors.state()
        parts = {"jira": "issues", "slack": "messages", "pagerduty": "alerts", "webhook": "posts"}
        return {parts[self.type]: state[parts[self.type]]}

    def ended(self) -> bool:
        """Jira only where the channel asks for it; Slack and webhooks have no end."""
        issues, alerts = self.vendors.issues.values(), self.vendors.alerts.values()
        if self.type == "jira" and self.resolves:
            return all(issue["status"] == "Done" for issue in issues)
        return self.type != "pagerduty" or all(alert["status"] == "resolved" for alert in alerts)

    def violations(self) -> list[str]:
        """As the stand-in has them."""
        return list(self.vendors.violations)


def _jira(ear: HttpReceiver) -> None:
    settings, jira = ear.settings, ear.vendors.jira
    host = urlsplit(str(settings["url"])).hostname or ""
    cloud = host.endswith(".atlassian.net") or host == "api.atlassian.com"
    settings["api"] = settings.get("api") or ("cloud" if cloud else "data-center")
    settings["url"] = ear.vendors.url
    jira.project = str(settings["project"])
    jira.types = (*jira.types, str(settings.get("issue_type") or "Incident"))
    jira.priorities = (*jira.priorities, *map(str, (settings.get("priority") or {}).values()))
    ear.secret = {"email": EMAIL, "token": TOKEN} if settings["api"] == "cloud" else {"token": TOKEN}


def _slack(ear: HttpReceiver) -> None:
    wanted = ear.settings.get("channel")
    if not wanted:
        ear.secret = {"webhook_url": ear.vendors.url + SLACK_HOOK}
        return
    ear.vendors.slack.channels.setdefault(str(wanted), "C0000000001")
    ear.settings["url"] = f"{ear.vendors.url}/api"
    ear.secret = {"token": BOT_TOKEN}


def _pagerduty(ear: HttpReceiver) -> None:
    ear.settings["url"] = ear.vendors.url
    ear.secret = {"routing_key": ROUTING_KEY}


def _webhook(ear: HttpReceiver) -> None:
    ear.settings["url"] = ear.vendors.url + HOOK_PATH
    ear.secret = {"key": HOOK_KEY}


_LEADS_HERE: dict[str, Callable[[HttpReceiver], None]] = {
    "jira": _jira,
    "slack": _slack,
    "pagerduty": _pagerduty,
    "webhook": _webhook,
}
BY_HTTP = tuple(_LEADS_HERE)


class MailReceiver:
    """An e-mail channel: each of its mailboxes is a queue. sqs: a client; boxes: address to the queue's URL."""

    type = "email"

    def __init__(self, name: str, sqs: Any, boxes: Mapping[str, str]) -> None:
        self.name, self._sqs, self._boxes = name, sqs, boxes
        self._mails: dict[str, list[dict[str, Any]]] = {address: [] for address in boxes}

    def heard(self) -> list[float]:
        """What every one of them has got."""
        self._fetch()
        fewest: list[dict[str, Any]] = min(self._mails.values(), key=len, default=[])
        return [float(mail["at"]) for mail in fewest]

    def data(self) -> dict[str, Any]:
        """The mails by address."""
        self._fetch()
        return {"mails": self._mails}

    def ended(self) -> bool:
        """A mail has no end."""
        return True

    def violations(self) -> list[str]:
        """Mails are taken as they are."""
        return []

    def _fetch(self) -> None:
        for address, url in self._boxes.items():
            while got := self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SentTimestamp"]
            ).get("Messages"):
                for message in got:
                    self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    said = json.loads(message["Body"])
                    at = int(message["Attributes"]["SentTimestamp"]) / 1000
                    self._mails[address].append({"subject": said.get("Subject"), "text": said["Message"], "at": at})


class OpsItemReceiver:
    """OpsCenter."""

    type = "opsitem"

    def __init__(self, name: str, aws: AwsVendor) -> None:
        self.name, self._aws = name, aws

    def heard(self) -> list[float]:
        """Items made and changed."""
        return list(self._aws.changes)

    def data(self) -> dict[str, Any]:
        """The OpsItems by id."""
        return {"opsitems": self._aws.items}

    def ended(self) -> bool:
        """Whether none is open."""
        return all(item["Status"] == "Resolved" for item in self._aws.items.values())

    def violations(self) -> list[str]:
        """What was asked and is not known here."""
        return [f"aws: {name} is not played here" for name in self._aws.unknown]
