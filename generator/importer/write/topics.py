"""Which topics are one channel: those of one name with the same subscribers. All others are channels of their account.

A topic whose subscribers are not known may call other people than its namesake of another account, so it stays apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from generator.importer.unknown_values import MARK
from generator.importer.write.names import key_of

UNKNOWN_TOPIC = "alerts"
_Subscribers = Collection[tuple[str, str]]


def topic_of(arn: str) -> str:
    """What a topic is known by: its account and name, `222222222222:alerts`; only a name where that is all there is.

    Regions of an account are one: a rule of routes does not match Regions.
    """
    mark = MARK.search(arn)
    if mark:
        return mark[1]
    if not arn.startswith("arn:"):
        return key_of(arn, last="topic") if arn else UNKNOWN_TOPIC
    parts = arn.split(":")
    name = parts[-1] or UNKNOWN_TOPIC
    return f"{parts[4]}:{name}" if len(parts) > 5 and parts[4] else name


def name_of(topic: str) -> str:
    """The name of a topic, without its account."""
    return topic.rpartition(":")[2]


def shared_topics(
    topics: Iterable[str],
    subscribers: Mapping[str, _Subscribers],
    published: Collection[str],
    accounts: Mapping[str, str],
) -> dict[str, str]:
    """For each topic what its channels are called after: the name, with its account where namesakes are other channels.

    subscribers: by topic, as far as they are known. published: the topics whose ARN is known, so that obsgen can
    publish to them. accounts: the keys of accounts, by ID.
    """
    by_name: dict[str, dict[object, list[str]]] = {}
    for topic in sorted(set(topics)):
        known = frozenset(subscribers.get(topic, ()))
        alike: object = known or (topic if topic in published else "")
        by_name.setdefault(name_of(topic), {}).setdefault(alike, []).append(topic)
    names: dict[str, str] = {}
    for name, groups in by_name.items():
        ordered = sorted(groups.values(), key=lambda group: (-len(group), group))
        for group in ordered:
            # Most of them may be one channel; then that one needs no account in its name.
            is_usual = len(groups) == 1 or (group is ordered[0] and len(group) > 1)
            account = group[0].rpartition(":")[0]
            suffix = "" if is_usual or not account else f"-{accounts.get(account, account)}"
            names |= dict.fromkeys(group, f"{name}{suffix}")
    return names
