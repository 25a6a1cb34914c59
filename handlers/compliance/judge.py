"""Whether a resource has the tags that it has to have; pure.

Tag keys and values are case-sensitive, and a key that begins with `aws:` is AWS's own, in any case:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from handlers.compliance.resource import Resource
from handlers.compliance.rules import AccountRules, Exemption, TagRule, TagValues
from handlers.compliance.verdict import Invalid, Verdict

# The most characters that AWS admits; a longer text is matched with no pattern, whatever that may cost.
MOST_VALUE = 256
_RESERVED = "aws:"
# How many of the allowed values a sentence lists.
_MOST_LISTED = 8


def judge(resource: Resource, rules: AccountRules, today: date) -> Verdict:
    """The verdict on a resource under the rules of its account. today: the day in UTC, for exemptions that end."""
    tags = _texts(resource.tags)
    ended = []
    for exemption in rules.exemptions:
        if _holds(exemption, resource, tags):
            if exemption.until is None or today <= exemption.until:
                until = (f"exempt until {exemption.until}",) if exemption.until else ()
                return Verdict(exempt=exemption.reason.strip() or "exempt without a reason", notes=until)
            ended.append(f"the exemption `{exemption.reason}` ended on {exemption.until}")
    return _checked(tags, rules.tags, tuple(ended))


def _checked(tags: Mapping[str, str], rules: tuple[TagRule, ...], ended: tuple[str, ...]) -> Verdict:
    own = {key: value for key, value in tags.items() if not key.lower().startswith(_RESERVED)}
    required, missing, invalid = dict[str, None](), dict[str, None](), dict[Invalid, None]()
    notes = dict.fromkeys(ended)
    in_any_case = frozenset(rule.key for rule in rules if rule.ignore_case)
    for rule in rules:
        if not _has_all(tags, rule.when, in_any_case):
            continue
        required[rule.key] = None
        candidates = list(dict.fromkeys(_candidates(rule, own)))
        faults = [(key, _fault(own[key], rule)) for key in candidates]
        if not candidates:
            missing[rule.key] = None
        elif all(fault for _, fault in faults):
            key, fault = faults[0]
            invalid[Invalid(key, own[key], fault)] = None
        notes |= dict.fromkeys(_notes(rule, own, candidates))
    return Verdict(tuple(required), tuple(missing), tuple(invalid), notes=tuple(notes))


def _candidates(rule: TagRule, tags: Mapping[str, str]) -> Iterator[str]:
    """The keys of the resource that count for the rule, the best first."""
    for key in rule.keys:
        if key in tags:
            yield key
        elif rule.ignore_case:
            yield from _other_cases(key, tags)[:1]


def _other_cases(key: str, tags: Mapping[str, str]) -> list[str]:
    """Keys that differ from `key` in case only, in alphabetical order."""
    folded = key.casefold()
    return sorted(other for other in tags if other != key and other.casefold() == folded)


def _notes(rule: TagRule, tags: Mapping[str, str], candidates: list[str]) -> Iterator[str]:
    for key in rule.keys:
        other_cases = _other_cases(key, tags)
        if not other_cases:
            continue
        listed = " and ".join(f"`{other}`" for other in other_cases)
        exist = "exists" if len(other_cases) == 1 else "exist"
        if key in tags:
            yield f"{listed} also {exist}; `{key}` is used"
        elif not rule.ignore_case:
            yield f"{listed} {exist}, but tag keys are case-sensitive: `{key}` is required"
        elif len(other_cases) > 1:
            yield f"{listed} {exist}; `{other_cases[0]}` is used"
    if not candidates and rule.any_of:
        yield f"{_or(rule.any_of)} is also accepted for `{rule.key}`"


def _fault(value: str, rule: TagRule) -> str:
    """What is wrong with a value; empty where nothing is."""
    if is_blank(value):
        return "is blank"
    if rule.allowed and value not in rule.allowed:
        return f"is not one of {_listed(rule.allowed)}{_near(value, rule.allowed)}"
    if rule.pattern is not None:
        if len(value) > MOST_VALUE:
            return f"has more than {MOST_VALUE} characters"
        if not rule.pattern.fullmatch(value):
            return f"does not match {rule.pattern.pattern}"
    return ""


def is_blank(value: str) -> bool:
    """Whether nothing of a value is visible: spaces of any kind, control and format characters."""
    return all(character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in value)


def _near(value: str, allowed: tuple[str, ...]) -> str:
    folded = value.strip().casefold()
    for candidate in allowed:
        if candidate.casefold() == folded:
            return " (upper and lower case differ)" if value.strip() == value else " (remove the spaces around it)"
    return ""


def _listed(values: tuple[str, ...]) -> str:
    more = len(values) - _MOST_LISTED
    return ", ".join(values[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _or(keys: tuple[str, ...]) -> str:
    return " or ".join(f"`{key}`" for key in keys)


def _holds(exemption: Exemption, resource: Resource, tags: Mapping[str, str]) -> bool:
    """Whether everything that the exemption asks for holds; one that asks for nothing exempts nothing."""
    group = resource.auto_scaling_group
    conditions = []
    if exemption.whole_account:
        conditions.append(True)
    if exemption.tags:
        conditions.append(_has_all(tags, exemption.tags))
    if exemption.ids:
        conditions.append(resource.id in exemption.ids or (bool(resource.arn) and resource.arn in exemption.ids))
    if exemption.auto_scaling_groups:
        conditions.append(bool(group) and any(_matches_name(group, name) for name in exemption.auto_scaling_groups))
    if exemption.launched_by:
        conditions.append(any(launcher in exemption.launched_by for launcher in resource.launched_by))
    return bool(conditions) and all(conditions)


def _matches_name(group: str, pattern: str) -> bool:
    """Whether a name matches; only `*` and `?` are more than themselves, since a name may have brackets."""
    return fnmatchcase(group, pattern.replace("[", "[[]"))


def _has_all(tags: Mapping[str, str], required: TagValues, in_any_case: Collection[str] = ()) -> bool:
    """Whether every wanted key is there, with one of its values. in_any_case: keys of which another case will do."""
    for key, values in required:
        other_cases = _other_cases(key, tags)[:1] if key in in_any_case else []
        present_key = key if key in tags else next(iter(other_cases), None)
        if present_key is None or (values and tags[present_key] not in values):
            return False
    return True


def _texts(tags: Any) -> Mapping[str, str]:
    """Tags as they are in AWS, texts; what somebody else's file has instead becomes a text."""
    if not isinstance(tags, Mapping):
        return {}
    return {str(key): _text(value) for key, value in tags.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)
