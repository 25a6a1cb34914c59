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
from generator.importer.write.drafts import Notes, Places
from generator.importer.write.places import HUB
from generator.importer.write.route_choice import Names, SeverityTopics, route_choice
from generator.importer.write.severities import SEVERITIES
from generator.importer.write.topic_channels import TopicGroup, channels_by_name
from generator.importer.write.topics import UNKNOWN_TOPIC, shared_topics, topic_of
from generator.spec.scalars import KEY, KEY_LIMIT
from generator.wording import first_of, pluralize

_TOPIC_KIND = "an SNS topic"
_FEW = 3
_MOST = 40
"""Channels that a severity can have; docs/language/routes.md says why."""


class ImportedTopics:
    """The topics of a source, who subscribes to them, and which alarms notify them."""

    def __init__(self, resources: ImportedResources, places: Places, refused: Mapping[str, str], notes: Notes) -> None:
        self._notes, self._hub, self._refused = notes, places.hub, refused
        self._accounts = {places.hub: HUB, **places.accounts}
        self._kinds = {variable.name: variable.kind for variable in resources.variables}
        self._arns: dict[str, set[str]] = {}
        self._subscribers: dict[str, set[tuple[str, str]]] = {}
        self._by_arn: dict[str, set[tuple[str, str]]] = {}
        self._filtered: set[str] = set()
        self._uses: Counter[tuple[str, tuple[str, ...], str]] = Counter()
        self._in_accounts: dict[str, dict[str, Counter[tuple[Names, str]]]] = {}
        # AWS makes the names of these, so their ARNs are not known.
        self._unnamed = {resource.called for resource in resources.of(TOPIC) if not resource.name}
        for resource in resources.of(TOPIC):
            for subscription in mappings(resource.properties.get("Subscription")):
                self._subscribe(f"arn:aws:sns:{resource.region}:{resource.account}:{resource.called}", subscription)
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
        """What a topic that an alarm notifies is known by; `name_of` has its name."""
        topic = topic_of(arn)
        self._arns.setdefault(topic, set()).add(arn)
        return topic

    def used(self, severity: str, topics: Iterable[str], owner: str, account: str) -> None:
        """An alarm of a severity notifies some topics. account: its ID."""
        names = tuple(sorted(set(topics)))
        self._uses[severity, names, owner] += 1
        if names:
            self._in_accounts.setdefault(severity, {}).setdefault(account, Counter())[names, owner] += 1

    def sections(self, project: str) -> dict[str, Any]:
        """The sections channels, routes and owners."""
        shared = sorted(self._share_topics().items())
        for name, topics in shared:
            self._remark_subscribers(name, topics)
        groups = [self._group(name, topics) for name, topics in shared]
        channels, by_topic = channels_by_name(groups, project, self._refused, self._notes)
        owned = self._owned()
        routes = self._routes(by_topic, owned)
        owners = self._owners(by_topic, routes, owned)
        return {"channels": channels, "routes": routes} | ({"owners": owners} if owners else {})

    def _share_topics(self) -> dict[str, list[str]]:
        """The topics of each name of channels. From now on, alarms notify these names."""
        used = {topic for _, topics, _ in self._uses for topic in topics} or {UNKNOWN_TOPIC}
        published = {topic for topic in used if self._known_arns(topic)}
        names = shared_topics(used, self._subscribers, published, self._accounts)

        def renamed(topics: Iterable[str]) -> tuple[str, ...]:
            return tuple(sorted({names[topic] for topic in topics}))

        uses, self._uses = self._uses, Counter()
        for (severity, topics, owner), count in uses.items():
            self._uses[severity, renamed(topics), owner] += count
        for by_account in self._in_accounts.values():
            for account, own in by_account.items():
                by_account[account] = Counter()
                for (topics, owner), count in own.items():
                    by_account[account][renamed(topics), owner] += count
        by_name: dict[str, list[str]] = {}
        for topic in sorted(names):
            by_name.setdefault(names[topic], []).append(topic)
        return by_name

    def _known_arns(self, topic: str) -> set[str]:
        """The ARNs of a topic that obsgen can publish to."""
        arns = {arn for arn in self._arns.get(topic, ()) if arn.rpartition(":")[2] not in self._unnamed}
        return {arn for arn in arns if arn.startswith("arn:") and not MARK.search(arn)}

    def _group(self, name: str, topics: Iterable[str]) -> TopicGroup:
        arns = {arn for topic in topics for arn in self._known_arns(topic)}
        arns = {arn for arn in arns if f":{self._hub}:" in arn} or arns
        return TopicGroup(name, arns, {pair for topic in topics for pair in self._subscribers.get(topic, ())})

    def _subscribe(self, arn: str, subscription: Mapping[str, Any]) -> None:
        protocol, endpoint = str(subscription.get("Protocol", "")), str(subscription.get("Endpoint", ""))
        self._subscribers.setdefault(topic_of(arn), set()).add((protocol, endpoint))
        self._by_arn.setdefault(arn, set()).add((protocol, endpoint))
        if subscription.get("FilterPolicy"):
            self._filtered.add(topic_of(arn))

    def _remark_subscribers(self, name: str, topics: Iterable[str]) -> None:
        """Remarks where subscribers get more messages than before."""
        for topic in topics:
            regions = [frozenset(self._by_arn.get(arn, ())) for arn in sorted(self._known_arns(topic))]
            if len({*filter(None, regions)}) > 1:
                self._notes.remark(
                    f"channels: topics {name} of several Regions have different subscribers; all get the messages "
                    "of all Regions of the account, because routes do not match Regions."
                )
            if topic in self._filtered:
                self._notes.remark(
                    f"channels: a subscription of {name} has a filter policy, and channels have none: it gets every "
                    "message of its routes."
                )

    def _owned(self) -> set[str]:
        """The owners of whom all alarms of a severity notify the same topics."""
        counts = Counter((owner, severity) for severity, _, owner in self._uses)
        mixed = {owner for (owner, _), count in counts.items() if count > 1}
        owners = {owner for owner, _ in counts} - mixed
        return {owner for owner in owners if re.fullmatch(KEY, owner) and len(owner) <= KEY_LIMIT}

    def _routes(self, by_topic: Mapping[str, list[str]], owned: set[str]) -> dict[str, Any]:
        """For each severity the channels of the topics that most of its alarms notify, or alarms without an owner.

        An account whose alarms of a severity notify other topics has a rule, so that no team is called for the alarms
        of another.
        """
        routes: dict[str, Any] = {}
        ruled: dict[tuple[str, Names], list[str]] = {}
        of_owners: dict[tuple[str, Names], list[str]] = {}
        for severity in SEVERITIES:
            uses = self._in_accounts.get(severity)
            if not uses:
                continue
            choice = route_choice(uses, owned, self._accounts)
            for account, topics in choice.ruled.items():
                ruled.setdefault((self._accounts[account], topics), []).append(severity)
            for owner, topics in choice.owner_rules.items():
                of_owners.setdefault((owner, topics), []).append(severity)
            channels = _in_order([choice.usual], by_topic)
            routes[severity] = self._at_most(severity, channels)
            self._remark_mixed(severity, choice, by_topic)
        if any(of in SEVERITIES and not topics and of not in routes for of, topics, _ in self._uses) or not routes:
            first = _in_order([tuple(by_topic)], by_topic)[:1]
            missing = {of for of, _, _ in self._uses if of in SEVERITIES} - routes.keys() or {"critical"}
            routes |= dict.fromkeys(missing, first)
        in_order, near = self._for_entries_to_come(routes)
        for severities in (*ruled.values(), *of_owners.values()):
            severities[:] = [severity for severity in SEVERITIES if near[severity] in severities]
        rules = _rules("owner", of_owners, by_topic) + _rules("account", ruled, by_topic)
        return in_order | ({"rules": rules} if rules else {})

    def _for_entries_to_come(self, routes: Mapping[str, list[str]]) -> tuple[dict[str, Any], Mapping[str, str]]:
        """The routes in order, and the severity that each is routed like. One that no alarm has is like the nearest, of
        two the more severe: entries that are added later, such as those of `obsgen discover`, have the severities of
        their packs (H10).
        """
        near = {
            severity: min(routes, key=lambda known, own=place: (abs(_place(known) - own), _place(known)))  # type: ignore[misc]
            for place, severity in enumerate(SEVERITIES)
        }
        missing = [severity for severity in SEVERITIES if severity not in routes]
        if missing:
            which = ", ".join(f"{severity} as {near[severity]}" for severity in missing)
            self._notes.remark(f"routes: for entries that are added, severities that no alarm has are routed: {which}.")
        return {severity: routes[near[severity]] for severity in SEVERITIES}, near

    def _remark_mixed(self, severity: str, choice: SeverityTopics, by_topic: Mapping[str, list[str]]) -> None:
        """A remark if alarms notify more than they did."""
        sizes = {
            account: min(len(_in_order([choice.ruled.get(account, choice.usual)], by_topic)), _MOST)
            for account in choice.mixed
        }
        for size in sorted(set(sizes.values())):
            alike = sorted(self._accounts.get(account, account) for account in sizes if sizes[account] == size)
            names = first_of(alike, _FEW)
            self._notes.remark(
                f"routes.{severity}: alarms without an owner notified different topics in {names}; "
                f"each now notifies all {pluralize(size, 'channel')} of its account."
            )

    def _at_most(self, severity: str, channels: list[str]) -> list[str]:
        """The channels that a route can have, and a remark if alarms notify fewer than they did."""
        if len(channels) > _MOST:
            rest = ", ".join(channels[_MOST:])
            self._notes.remark(f"routes.{severity}: a route has at most {_MOST} channels, so it is without {rest}.")
        return channels[:_MOST]

    def _owners(self, by_topic: Mapping[str, list[str]], routes: Mapping[str, Any], owned: set[str]) -> dict[str, Any]:
        owners: dict[str, Any] = {}
        for severity, topics, owner in sorted(self._uses):
            channels = _in_order([topics], by_topic)
            is_ruled = any(_names_owner(rule["when"], owner, severity) for rule in routes.get("rules", ()))
            if owner in owned and channels and channels != routes.get(severity) and not is_ruled:
                owners.setdefault(owner, {"channels": {}})["channels"][severity] = channels
        return owners


def _rules(
    condition: str, ruled: Mapping[tuple[str, Names], list[str]], by_topic: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    """One rule for the accounts, or the owners, that have the same severities and channels."""
    alike: dict[tuple[Names, Names], list[str]] = {}
    for (name, topics), severities in sorted(ruled.items()):
        alike.setdefault((tuple(severities), topics), []).append(name)
    return [
        {
            "when": {condition: _one_or_all(names)} | _when(severities),
            "to": _in_order([topics], by_topic)[:_MOST],
        }
        for (severities, topics), names in sorted(alike.items(), key=lambda item: item[1])
    ]


def _when(severities: Names) -> dict[str, Any]:
    """The condition for severities; none for all of them."""
    return {} if severities == SEVERITIES else {"severity": _one_or_all(severities)}


def _place(severity: str) -> int:
    return SEVERITIES.index(severity)


def _names_owner(when: Mapping[str, Any], owner: str, severity: str) -> bool:
    return owner in _every(when.get("owner", [])) and severity in _every(when.get("severity", [severity]))


def _every(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _one_or_all(names: Sequence[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


def _in_order(topics: Iterable[tuple[str, ...]], by_topic: Mapping[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(key for names in topics for name in names for key in by_topic.get(name, ())))
