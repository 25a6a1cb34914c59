"""Topics that alarms notify, as channels, routes and owners."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generator.aws.action_arns import kind_of
from generator.importer.resources import SLACK_CHANNEL, SUBSCRIPTION, TOPIC, ImportedResources
from generator.importer.unknown_values import MARK
from generator.importer.values import items, mappings
from generator.importer.write.channels import FILL_IN, channels_of
from generator.importer.write.drafts import Notes, Places
from generator.importer.write.names import Keys, key_of
from generator.importer.write.severities import SEVERITIES
from generator.spec.scalars import KEY, KEY_LIMIT

_TOPIC_KIND = "an SNS topic"
_UNKNOWN_TOPIC = "alerts"
_MOST = 40
"""Channels that a severity can have; docs/language/routes.md says why."""


class ImportedTopics:
    """The topics of a source, who subscribes to them, and which alarms notify them."""

    def __init__(self, resources: ImportedResources, places: Places, refused: Mapping[str, str], notes: Notes) -> None:
        self._notes, self._hub, self._refused = notes, places.hub, refused
        self._members = {account: name for account, name in places.accounts.items() if account != places.hub}
        self._kinds = {variable.name: variable.kind for variable in resources.variables}
        self._arns: dict[str, set[str]] = {}
        self._subscribers: dict[str, set[tuple[str, str]]] = {}
        self._uses: Counter[tuple[str, tuple[str, ...], str]] = Counter()
        self._in_accounts: dict[str, dict[str, set[tuple[tuple[str, ...], str]]]] = {}
        # AWS makes the names of these, so their ARNs are not known.
        self._unnamed = {resource.called for resource in resources.of(TOPIC) if not resource.name}
        for resource in resources.of(TOPIC):
            for subscription in mappings(resource.properties.get("Subscription")):
                self._subscribe(f"arn:{resource.called}", subscription)
        for resource in resources.of(SUBSCRIPTION):
            self._subscribe(str(resource.properties.get("TopicArn", "")), resource.properties)
        for resource in resources.of(SLACK_CHANNEL):
            channel = {"Protocol": "slack", "Endpoint": resource.properties.get("SlackChannelId", "")}
            for arn in items(resource.properties.get("SnsTopicArns")):
                self._subscribe(str(arn), channel)

    def is_topic(self, action: str) -> bool:
        """Whether an action is a topic; what is not known, or no ARN at all, is most probably one."""
        mark = MARK.fullmatch(action)
        if mark:
            return self._kinds.get(mark[1], "") in ("", TOPIC)
        return not action.startswith("arn:") or ":sns:" in action or kind_of(action) == _TOPIC_KIND

    def key_of(self, arn: str) -> str:
        """The name of a topic that an alarm notifies."""
        name = _name(arn)
        self._arns.setdefault(name, set()).add(arn)
        return name

    def used(self, severity: str, topics: Iterable[str], owner: str, account: str) -> None:
        """An alarm of a severity notifies some topics. account: its ID."""
        names = tuple(sorted(set(topics)))
        self._uses[severity, names, owner] += 1
        if names:
            self._in_accounts.setdefault(severity, {}).setdefault(account, set()).add((names, owner))

    def sections(self, project: str) -> dict[str, Any]:
        """The sections channels, routes and owners."""
        keys = Keys()
        channels: dict[str, Any] = {}
        by_topic: dict[str, list[str]] = {}
        for name in sorted({name for _, topics, _ in self._uses for name in topics} or {_UNKNOWN_TOPIC}):
            by_topic[name] = []
            arns = {arn for arn in self._arns.get(name, set()) if arn.rpartition(":")[2] not in self._unnamed}
            arns = {arn for arn in arns if f":{self._hub}:" in arn} or arns
            for channel in channels_of(name, self._subscribers.get(name, ()), arns, self._notes):
                stem = f"{name}-{channel.suffix}" if channel.suffix else name
                key = keys.free(key_of(stem, last="topic"), stem)
                secret = {"secret": f"{project}/{key}"} if channel.has_secret else {}
                if secret:
                    self._notes.remark(f"channels.{key}: create the secret {project}/{key} in the hub.")
                channels[key] = {**channel.keys, **secret}
                reason = self._refused.get(f"channels.{key}")
                if reason:
                    self._notes.remark(f"channels.{key}: {FILL_IN} is used instead; {reason}.")
                    channels[key] = {"type": "email", "addresses": [FILL_IN]}
                by_topic[name].append(key)
        owned = self._owned()
        routes = self._routes(by_topic, owned)
        owners = self._owners(by_topic, routes, owned)
        return {"channels": channels, "routes": routes} | ({"owners": owners} if owners else {})

    def _subscribe(self, arn: str, subscription: Mapping[str, Any]) -> None:
        protocol, endpoint = str(subscription.get("Protocol", "")), str(subscription.get("Endpoint", ""))
        self._subscribers.setdefault(_name(arn), set()).add((protocol, endpoint))

    def _owned(self) -> set[str]:
        """The owners of whom all alarms of a severity notify the same topics."""
        counts = Counter((owner, severity) for severity, _, owner in self._uses)
        mixed = {owner for (owner, _), count in counts.items() if count > 1}
        owners = {owner for owner, _ in counts} - mixed
        return {owner for owner in owners if re.fullmatch(KEY, owner) and len(owner) <= KEY_LIMIT}

    def _routes(self, by_topic: Mapping[str, list[str]], owned: set[str]) -> dict[str, Any]:
        """For each severity the channels of the topics that most of its alarms notify, or alarms without an owner.

        An account whose alarms of a severity all notify the same other topics has a rule, so that no team is called
        for the alarms of another.
        """
        routes: dict[str, Any] = {}
        ruled: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for severity in SEVERITIES:
            counts: Counter[tuple[str, ...]] = Counter()
            for (of, topics, _), count in self._uses.items():
                if of == severity and topics:
                    counts[topics] += count
            if not counts:
                continue
            usual = min(counts, key=lambda topics, counts=counts: (-counts[topics], topics))  # type: ignore[misc]
            different: set[tuple[str, ...]] = set()
            for account, uses in self._in_accounts[severity].items():
                without_owner = {topics for topics, owner in uses if owner not in owned} - {usual}
                if without_owner and len({topics for topics, _ in uses}) == 1 and account in self._members:
                    (account_topics,) = without_owner
                    ruled.setdefault((self._members[account], account_topics), []).append(severity)
                else:
                    different |= without_owner
            channels = _in_order([usual, *sorted(different)], by_topic)
            routes[severity] = self._at_most(severity, channels, is_mixed=bool(different))
        if any(of in SEVERITIES and not topics and of not in routes for of, topics, _ in self._uses) or not routes:
            first = _in_order([tuple(by_topic)], by_topic)[:1]
            missing = {of for of, _, _ in self._uses if of in SEVERITIES} - routes.keys() or {"critical"}
            routes |= dict.fromkeys(missing, first)
        in_order = {severity: routes[severity] for severity in SEVERITIES if severity in routes}
        return in_order | ({"rules": _rules(ruled, by_topic)} if ruled else {})

    def _at_most(self, severity: str, channels: list[str], *, is_mixed: bool) -> list[str]:
        """The channels that a route can have, and a remark if alarms notify more than they did, or fewer."""
        if is_mixed:
            self._notes.remark(
                f"routes.{severity}: alarms without an owner notified different topics; "
                f"each now notifies all {min(len(channels), _MOST)} channels of the route."
            )
        if len(channels) > _MOST:
            rest = ", ".join(channels[_MOST:])
            self._notes.remark(f"routes.{severity}: a route has at most {_MOST} channels, so it is without {rest}.")
        return channels[:_MOST]

    def _owners(
        self, by_topic: Mapping[str, list[str]], routes: Mapping[str, list[str]], owned: set[str]
    ) -> dict[str, Any]:
        owners: dict[str, Any] = {}
        for severity, topics, owner in sorted(self._uses):
            channels = _in_order([topics], by_topic)
            if owner in owned and channels and channels != routes.get(severity):
                owners.setdefault(owner, {"channels": {}})["channels"][severity] = channels
        return owners


def _rules(
    ruled: Mapping[tuple[str, tuple[str, ...]], list[str]], by_topic: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    """One rule for the accounts that have the same severities and channels."""
    accounts: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (account, topics), severities in sorted(ruled.items()):
        accounts.setdefault((tuple(severities), topics), []).append(account)
    return [
        {
            "when": {"account": _one_or_all(names), "severity": _one_or_all(severities)},
            "to": _in_order([topics], by_topic)[:_MOST],
        }
        for (severities, topics), names in sorted(accounts.items(), key=lambda item: item[1])
    ]


def _one_or_all(names: Sequence[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


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
