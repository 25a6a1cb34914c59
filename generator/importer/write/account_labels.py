"""Dimensions that differ between accounts without a pattern, such as names that AWS makes, as labels of the accounts.

Alarms of one name in several accounts are one entry then, and keep their name.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generator.importer.write.drafts import Draft
from generator.importer.write.names import Keys, key_of
from generator.importer.write.places import HUB

_Slot = tuple[str, str]
"""The ID of a metric, empty for the only one, and the name of a dimension."""
_Values = dict[str, str]
"""By account, the value of a dimension there."""
# Rules of routes match labels under these names, and an alarm without an owner has that of its account: a dimension of
# such a name would decide who is called (docs/language/routes.md).
_OF_ROUTES = frozenset(
    {"account", "environment", "later", "name", "owner", "project", "region", "service", "severity", "unit"}
)


def with_account_labels(drafts: Iterable[Draft]) -> tuple[list[Draft], dict[str, dict[str, str]]]:
    """The drafts, and the labels of each account, by its key."""
    drafts = list(drafts)
    differing = [(group, slots) for group in _namesakes(drafts) if (slots := _differing(group))]
    # What is in most accounts first: alarms that some of these have can use its labels.
    differing.sort(key=lambda pair: (-len({draft.location.name for draft in pair[0]}), pair[0][0].stem))
    labels: dict[str, _Values] = {}
    keys = Keys()
    changed: dict[int, Draft] = {}
    for group, slots in differing:
        names = {slot: _label(slot, values, labels, keys) for slot, values in sorted(slots.items())}
        for draft in group:
            changed[id(draft)] = _labelled(draft, names)
    by_account: dict[str, dict[str, str]] = {}
    for name, values in sorted(labels.items()):
        for account, value in values.items():
            by_account.setdefault(account, {})[name] = value
    return [changed.get(id(draft), draft) for draft in drafts], by_account


def _namesakes(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Drafts of one name in several accounts that are alike but for the values of their dimensions."""
    by_stem: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_stem.setdefault(draft.stem, []).append(draft)
    for group in by_stem.values():
        if len({draft.location.name for draft in group}) > 1:
            alike: dict[str, list[Draft]] = {}
            for draft in group:
                alike.setdefault(json.dumps(_without_values(draft.raw), sort_keys=True), []).append(draft)
            yield from alike.values()


def _metrics(values: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "metric" in values:
        yield "", values["metric"]
    yield from values.get("metrics", {}).items()


def _without_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a draft without the values of its dimensions."""
    plain = copy.deepcopy(dict(values))
    for _, metric in _metrics(plain):
        if "dimensions" in metric:
            metric["dimensions"] = sorted(metric["dimensions"])  # type: ignore[index]
    return plain


def _differing(group: Sequence[Draft]) -> dict[_Slot, _Values]:
    """The dimensions that differ between the accounts of a group; none if these cannot be labels."""
    accounts = {draft.location.name for draft in group}
    is_once_a_place = len({draft.location for draft in group}) == len(group)
    is_by_placeholder = len({json.dumps(draft.shared, sort_keys=True) for draft in group}) == 1
    if len(accounts) < 2 or not is_once_a_place or is_by_placeholder or HUB in accounts or "in" in group[0].raw:
        return {}
    slots: dict[_Slot, dict[str, set[str]]] = {}
    for draft in group:
        for key, metric in _metrics(draft.raw):
            for name, value in metric.get("dimensions", {}).items():
                slots.setdefault((key, name), {}).setdefault(draft.location.name, set()).add(value)
    differing: dict[_Slot, _Values] = {}
    for slot, by_account in slots.items():
        texts = {value for values in by_account.values() for value in values}
        if len(texts) == 1:
            continue
        if any(len(values) > 1 for values in by_account.values()) or not all(map(_is_plain, texts)):
            return {}
        differing[slot] = {account: next(iter(values)) for account, values in by_account.items()}
    return differing


def _is_plain(text: str) -> bool:
    """Whether a value has no placeholder, and only characters that dimensions admit."""
    return text.isascii() and text.isprintable() and not {"{", "}"} & set(text)


def _label(slot: _Slot, values: _Values, labels: dict[str, _Values], keys: Keys) -> str:
    """The label with these values, a new one if there is none."""
    for name, known in labels.items():
        if all(known.get(account) == value for account, value in values.items()):
            return name
    rows = [re.findall(r"[A-Za-z]+|[0-9]+", text) for text in values.values()]
    common = [word for word in dict.fromkeys(rows[0]) if all(word in row for row in rows[1:])]
    dimension = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", slot[1])
    key = key_of("-".join([*common[:4], dimension]), last="label")
    key = f"{key}-dimension" if key in _OF_ROUTES else key
    name = keys.free(key, json.dumps(values, sort_keys=True))
    labels[name] = values
    return name


def _labelled(draft: Draft, names: Mapping[_Slot, str]) -> Draft:
    """A draft with labels in its dimensions, the same in its account as in all others."""
    values = copy.deepcopy(dict(draft.raw))
    for key, metric in _metrics(values):
        for dimension in metric.get("dimensions", {}):
            if (key, dimension) in names:
                metric["dimensions"][dimension] = f"{{label.{names[key, dimension]}}}"
    return Draft(draft.resource, draft.location, draft.stem, draft.family, values, values, draft.tuning)
