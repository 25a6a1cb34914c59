"""Topics that alarms notify, as channels, routes and owners. Secrets are never written, only their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from generator.importer.resources import SLACK_CHANNEL, SUBSCRIPTION, TOPIC, ImportedResource, ImportedResources
from generator.importer.unknown_values import MARK
from generator.importer.write.drafts import Notes
from generator.importer.write.names import Keys, key_of
from generator.importer.write.severities import SEVERITIES
from generator.spec.scalars import KEY, KEY_LIMIT

_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_FILL_IN = "fill-in@example.com"
_UNKNOWN_TOPIC = "alerts"
# Whose addresses have the key in them; the channel of the vendor asks for a secret with the key.
_VENDORS: tuple[tuple[str, str], ...] = (
    ("pagerduty.com", "pagerduty"),
    ("opsgenie.com", "jsm"),
    ("atlassian.com", "jsm"),
    ("hooks.slack.com", "slack"),
    ("webhook.office.com", "teams"),
    ("logic.azure.com", "teams"),
    ("chat.googleapis.com", "google_chat"),
)


class Topics:
    """The topics of a source, who subscribes to them, and which alarms notify them."""

    def __init__(self, resources: ImportedResources, notes: Notes) -> None:
        self._notes = notes
        self._arns: dict[str, set[str]] = {}
        self._subscribers: dict[str, set[tuple[str, str]]] = {}
        self._uses: Counter[tuple[str, tuple[str, ...], str]] = Counter()
        for resource in resources.of(TOPIC):
            arn = f":{resource.region}:{resource.account}:{resource.name or resource.logical_id}"
            for subscription in resource.properties.get("Subscription") or ():
                if isinstance(subscription, Mapping):
                    self._subscribe(arn, subscription)
        for resource in resources.of(SUBSCRIPTION):
            self._subscribe(str(resource.properties.get("TopicArn", "")), resource.properties)
        for resource in resources.of(SLACK_CHANNEL):
            for arn in resource.properties.get("SnsTopicArns") or ():
                self._subscribers.setdefault(_name(str(arn)), set()).add(
                    ("slack", str(resource.properties.get("SlackChannelId", "")))
                )

    def key_of(self, arn: str, resource: ImportedResource) -> str:
        """The name of a topic that an alarm notifies."""
        name = _name(arn)
        self._arns.setdefault(name, set()).add(arn)
        return name

    def used(self, severity: str, topics: tuple[str, ...], owner: str) -> None:
        """An alarm of a severity notifies some topics."""
        self._uses[severity, tuple(sorted(set(topics))), owner] += 1

    def sections(self, project: str) -> dict[str, Any]:
        """The sections channels, routes and owners."""
        keys = Keys()
        channels: dict[str, Any] = {}
        by_topic: dict[str, list[str]] = {}
        names = sorted({name for _, topics, _ in self._uses for name in topics} or {_UNKNOWN_TOPIC})
        for name in names:
            by_topic[name] = []
            for suffix, channel in self._channels(name, project):
                key = keys.free(key_of(f"{name}-{suffix}" if suffix else name, last="topic"), name + suffix)
                channels[key] = channel if "secret" not in channel else {**channel, "secret": f"{project}/{key}"}
                by_topic[name].append(key)
        routes = self._routes(by_topic)
        sections: dict[str, Any] = {"channels": channels, "routes": routes}
        owners = self._owners(by_topic, routes)
        return sections | ({"owners": owners} if owners else {})

    def _subscribe(self, arn: str, subscription: Mapping[str, Any]) -> None:
        protocol, endpoint = str(subscription.get("Protocol", "")), str(subscription.get("Endpoint", ""))
        self._subscribers.setdefault(_name(arn), set()).add((protocol, endpoint))

    def _channels(self, name: str, project: str) -> list[tuple[str, dict[str, Any]]]:
        """The channels of a topic, each with what its key has besides the topic's name."""
        by_kind: dict[str, list[str]] = {}
        for protocol, endpoint in sorted(self._subscribers.get(name, set())):
            by_kind.setdefault(_kind(protocol, endpoint), []).append(endpoint)
        channels: list[tuple[str, dict[str, Any]]] = []
        for kind, endpoints in sorted(by_kind.items()):
            channels += self._of_kind(name, kind, endpoints)
        if channels:
            only = len(channels) == 1
            return [("" if only else suffix, channel) for suffix, channel in channels]
        arns = sorted(arn for arn in self._arns.get(name, ()) if arn.startswith("arn:") and not MARK.search(arn))
        if not arns:
            self._notes.remark(
                f"channels: {_FILL_IN} stands for the subscribers of {_spoken(name)}, which the source does not say."
            )
            return [("", {"type": "email", "addresses": [_FILL_IN]})]
        more = f", of {len(arns)} topics of this name" if len(arns) > 1 else ""
        self._notes.remark(
            f"channels: who subscribes to {_spoken(name)} is not known, so obsgen publishes to it{more}; its form of messages is another one."
        )
        return [("", {"type": "sns", "topic": arns[0], "format": "text"})]

    def _of_kind(self, name: str, kind: str, endpoints: list[str]) -> list[tuple[str, dict[str, Any]]]:
        if kind == "email":
            addresses = sorted({endpoint if _EMAIL.fullmatch(endpoint) else _FILL_IN for endpoint in endpoints})
            if _FILL_IN in addresses:
                self._notes.remark(
                    f"channels: {_FILL_IN} stands for an address of {_spoken(name)} that the source does not say."
                )
            return [("email", {"type": "email", "addresses": addresses})]
        if kind == "sms":
            numbers = sorted({endpoint for endpoint in endpoints if _PHONE.fullmatch(endpoint)})
            return [
                (f"sms-{number}", {"type": "sms", "phone_number": phone}) for number, phone in enumerate(numbers, 1)
            ]
        if kind == "webhook":
            hosts = sorted({_host(endpoint) for endpoint in endpoints} - {""})
            self._notes.remark(
                f"channels: of the addresses that subscribe to {_spoken(name)} only the host is written, because the rest may be a secret."
            )
            return [(f"webhook-{host}", {"type": "webhook", "url": f"https://{host}/", "secret": ""}) for host in hosts]
        if kind in ("pagerduty", "jsm", "teams", "google_chat", "slack"):
            self._notes.remark(f"channels: the secret of {_spoken(name)} ({kind}) has to be created in the hub.")
            if kind != "slack":
                return [(kind.replace("_", "-"), {"type": kind, "secret": ""})]
            ids = sorted(
                {endpoint for endpoint in endpoints if endpoint and "/" not in endpoint and not MARK.search(endpoint)}
            )
            return [("slack", {"type": "slack", "secret": "", "channel": channel}) for channel in ids] or [
                ("slack", {"type": "slack", "secret": ""})
            ]
        # A function, a queue or a delivery stream: only the topic reaches it.
        arns = sorted(arn for arn in self._arns.get(name, ()) if arn.startswith("arn:") and not MARK.search(arn))
        self._notes.remark(
            f"channels: {_spoken(name)} is subscribed to by {', '.join(sorted({_protocol(endpoint) for endpoint in endpoints}))}, which will get messages of another form."
        )
        return [("topic", {"type": "sns", "topic": arns[0]})] if arns else []

    def _routes(self, by_topic: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """For each severity the channels of the topics that most of its alarms notify; all where they have no owner."""
        routes: dict[str, list[str]] = {}
        for severity in SEVERITIES:
            uses = {(topics, owner): count for (used, topics, owner), count in self._uses.items() if used == severity}
            if not uses:
                continue
            counts: Counter[tuple[str, ...]] = Counter()
            for (topics, _), count in uses.items():
                counts[topics] += count
            usual = min(counts, key=lambda topics, counts=counts: (-counts[topics], topics))  # type: ignore[misc]
            others = {topics for topics, owner in uses if topics and topics != usual and not self._is_owned(owner)}
            if others:
                self._notes.remark(
                    f"routes: alarms of severity {severity} notified different topics; their route has the channels of all."
                )
            routes[severity] = _in_order([usual, *sorted(others)], by_topic) or _in_order(
                [tuple(by_topic)[:1]], by_topic
            )
        return routes or {"critical": _in_order([tuple(by_topic)], by_topic)}

    def _is_owned(self, owner: str) -> bool:
        """Whether all alarms of an owner and severity notify the same topics."""
        if not re.fullmatch(KEY, owner) or len(owner) > KEY_LIMIT:
            return False
        severities = Counter(severity for severity, _, of in self._uses if of == owner)
        return all(count == 1 for count in severities.values())

    def _owners(self, by_topic: Mapping[str, list[str]], routes: Mapping[str, list[str]]) -> dict[str, Any]:
        owners: dict[str, Any] = {}
        for severity, topics, owner in sorted(self._uses):
            channels = _in_order([topics], by_topic)
            if self._is_owned(owner) and channels and channels != routes.get(severity):
                owners.setdefault(owner, {"channels": {}})["channels"][severity] = channels
        return owners


def _in_order(topics: Iterable[tuple[str, ...]], by_topic: Mapping[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(key for names in topics for name in names for key in by_topic.get(name, ())))


def _name(arn: str) -> str:
    """A topic's name, by which topics of several accounts are one."""
    mark = MARK.search(arn)
    if mark:
        return mark[1]
    if not arn.startswith("arn:"):
        return key_of(arn, last="topic") if arn else _UNKNOWN_TOPIC
    return arn.rpartition(":")[2] or _UNKNOWN_TOPIC


def _spoken(name: str) -> str:
    return f"the topic {name[:80]}"


def _kind(protocol: str, endpoint: str) -> str:
    if protocol in ("email", "email-json"):
        return "email"
    if protocol not in ("http", "https"):
        return protocol if protocol in ("sms", "slack") else "topic"
    host = _host(endpoint)
    return next((kind for domain, kind in _VENDORS if host == domain or host.endswith(f".{domain}")), "webhook")


def _host(endpoint: str) -> str:
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _protocol(endpoint: str) -> str:
    match = re.match(r"arn:[^:]+:([a-z-]+):", endpoint)
    return {"lambda": "a function", "sqs": "a queue", "firehose": "a delivery stream"}.get(
        match[1] if match else "", "something"
    )
