"""Q12: at most 50 tags, with keys and values that AWS accepts.

Tags are on every resource, so one that AWS refuses fails the first resource of the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Finding, Path

CODE = "Q12"
NAME = "tags"
TITLE = (
    "A resource has at most 50 tags, with keys of 128 characters, values of 256, and no key that begins with `aws:`."
)
SUMMARY = "Tags are within AWS's limits and have no reserved keys."
WHY = (
    "AWS reserves keys that begin with `aws:`, and refuses longer keys and values. One refused tag fails the first"
    " resource of the stack, since tags are on every resource. The tags project, environment and Name are added to the"
    " file's own, and severity and owner to those of an alarm, so that 45 are left."
)
SOURCE = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"
BAD = """\
tags: {"aws:team": shop}
"""
GOOD = """\
tags: {team: shop}
"""
_MOST = 50
_KEY = 128
_VALUE = 256
_RESERVED = "aws:"
# The characters that every service allows besides letters, digits and spaces of any script.
_PUNCTUATION = "_.:/=+-@"
_USUAL = re.compile(r"[A-Za-z0-9 _.:/=+@-]*")
# The tags that obsgen adds to every resource, and the paths of their values.
_OF_ALARMS = ("severity", "owner")
_OURS: dict[str, Path] = {"project": ("project",), "environment": ("environments",)}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each invalid tag, and for the resource with the most tags if they are too many."""
    shared = dict(subject.estate.tags)
    fullest, count = None, 0
    for resource in subject.resources():
        tags = _tags(resource)
        if len(tags) > count:
            fullest, count = resource, len(tags)
        for key, value in tags.items():
            if _is_usual(key, value):
                continue
            own = (*resource.path, key) if key in _OF_ALARMS else (*resource.path, "tags", key)
            path = _OURS.get(key, ("tags", key)) if key in shared else own
            yield from _tag(key, value, path)
    if fullest and count > _MOST:
        message = f"{fullest.logical_id} has {count} tags, those of obsgen included; the AWS limit is {_MOST}"
        yield Finding(CODE, message, ("tags",), hint=f"remove {count - _MOST}", where=fullest.where)


def _tags(resource: Resource) -> Mapping[str, str]:
    tags: Any = resource.properties.get("Tags", {})
    pairs = tags.items() if isinstance(tags, dict) else ((tag["Key"], tag["Value"]) for tag in tags)
    # A value can be a reference, to the severity of an alarm, whose values are short.
    return {key: value if isinstance(value, str) else "" for key, value in pairs}


def _is_usual(key: str, value: str) -> bool:
    """True if a tag is valid and in ASCII, as nearly all are; the others are checked in detail."""
    fits = 0 < len(key) <= _KEY and len(value) <= _VALUE and bool(key.strip()) and not key.lower().startswith(_RESERVED)
    return fits and bool(_USUAL.fullmatch(key) and _USUAL.fullmatch(value))


def _tag(key: str, value: str, path: Path) -> Iterator[Finding]:
    if key.lower().startswith(_RESERVED):
        message = f"tag `{key}` begins with `{_RESERVED}`, which AWS reserves"
        yield Finding(CODE, message, path, hint=f"use {key[len(_RESERVED) :]}: …", on="key")
    for what, text in (("key", key), ("value", value)):
        strange = next(
            (character for character in text if not (character.isalnum() or character in f" {_PUNCTUATION}")), ""
        )
        if strange:
            message = f"tag `{key[:_KEY]}` has a {what} with `{strange}`, which AWS does not allow"
            hint = f"use letters, digits, spaces and {' '.join(_PUNCTUATION)}"
            yield Finding(CODE, message, path, hint=hint, on="key" if what == "key" else "value")
    if not key.strip():
        yield Finding(CODE, "the key of a tag is empty", path, hint="use a key such as team", on="key")
    if len(key) > _KEY:
        message = f"tag `{key[:20]}…` has a key of {len(key)} characters; the AWS limit is {_KEY}"
        yield Finding(CODE, message, path, hint=f"shorten it by {len(key) - _KEY}", on="key")
    if len(value) > _VALUE:
        message = f"tag `{key[:_KEY]}` has a value of {len(value)} characters; the AWS limit is {_VALUE}"
        yield Finding(CODE, message, path, hint=f"shorten it by {len(value) - _VALUE}")
