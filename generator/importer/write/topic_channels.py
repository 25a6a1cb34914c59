"""The section `channels`: those of each name of topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from generator.importer.write.channels import FILL_IN, channels_of
from generator.importer.write.drafts import Notes
from generator.importer.write.names import Keys, key_of


class TopicGroup(NamedTuple):
    """Topics that are one channel, or several for their kinds of subscribers. arns: where obsgen can publish."""

    name: str
    arns: Collection[str]
    subscribers: Collection[tuple[str, str]]


def channels_by_name(
    groups: Iterable[TopicGroup], project: str, refused: Mapping[str, str], notes: Notes
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The channels by key, and for each name of topics the keys of its channels."""
    keys = Keys()
    channels: dict[str, Any] = {}
    by_name: dict[str, list[str]] = {}
    unknown: list[str] = []
    for name, arns, subscribers in groups:
        by_name[name] = []
        for channel in channels_of(name, subscribers, arns, notes):
            stem = f"{name}-{channel.suffix}" if channel.suffix else name
            key = keys.free(key_of(stem, last="topic"), stem)
            secret = {"secret": f"{project}/{key}"} if channel.has_secret else {}
            if secret:
                notes.remark(f"channels.{key}: create the secret {project}/{key} in the hub.")
            channels[key] = {**channel.keys, **secret}
            reason = refused.get(f"channels.{key}")
            if reason:
                notes.remark(f"channels.{key}: {FILL_IN} is used instead; {reason}.")
                channels[key] = {"type": "email", "addresses": [FILL_IN]}
            by_name[name].append(key)
            unknown += [channel.unknown] if channel.unknown else []
    _remark_unknown(unknown, notes)
    return channels, by_name


def _remark_unknown(arns: Sequence[str], notes: Notes) -> None:
    """A remark about topics whose subscribers no source says. arns: those of the topics."""
    if not arns:
        return
    which = f"{arns[0]} are not known; obsgen publishes to it"
    if len(arns) > 1:
        which = f"{len(arns)} topics, such as {arns[0]}, are not known; obsgen publishes to them"
    notes.remark(f"channels: the subscribers of {which}, in a form of its own.")
    counts = Counter(arn.rpartition(":")[2] for arn in arns)
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        notes.remark(
            f"channels: topics of one name in several accounts, such as {repeated[0]}, are channels of their own, "
            "because their subscribers may be others; make one channel of those that call the same people."
        )
