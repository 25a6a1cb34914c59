"""Q12: at most 50 tags, keys of at most 128 characters, values of at most 256, and no key of AWS's own.

Tags are put on everything, so one that is refused fails the first resource of the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Finding, Path

CODE = "Q12"
NAME = "tags"
TITLE = "At most 50 tags, of 128 characters to 256 that AWS takes, and none that begins with `aws:`."
WHY = (
    "AWS keeps keys that begin with `aws:` for itself and refuses whatever is over these lengths. The tags project,"
    " environment and Name are added to the file's own, severity and owner to those of an alarm, so 45 are left."
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
# What every service admits beside letters, digits and spaces of any script.
_PUNCTUATION = "_.:/=+-@"
_USUAL = re.compile(r"[A-Za-z0-9 _.:/=+@-]*")
# The tags that are put on everything without being asked for, and where their values are written.
_OF_ALARMS = ("severity", "owner")
_OURS: dict[str, Path] = {"project": ("project",), "environment": ("environments",)}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each tag that cannot be, and for the resource that has the most of them."""
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
        message = f"{fullest.logical_id} has {count} tags, those of obsgen included, and AWS takes {_MOST}"
        yield Finding(CODE, message, ("tags",), hint=f"{count - _MOST} fewer", where=fullest.where)


def _tags(resource: Resource) -> Mapping[str, str]:
    tags: Any = resource.properties.get("Tags", {})
    pairs = tags.items() if isinstance(tags, dict) else ((tag["Key"], tag["Value"]) for tag in tags)
    # A value can be a reference (the severity of an alarm); what it stands for is short.
    return {key: value if isinstance(value, str) else "" for key, value in pairs}


def _is_usual(key: str, value: str) -> bool:
    """Whether a tag is like nearly all of them: letters of ours, no longer than they may be."""
    fits = 0 < len(key) <= _KEY and len(value) <= _VALUE and bool(key.strip()) and not key.lower().startswith(_RESERVED)
    return fits and bool(_USUAL.fullmatch(key) and _USUAL.fullmatch(value))


def _tag(key: str, value: str, path: Path) -> Iterator[Finding]:
    if key.lower().startswith(_RESERVED):
        message = f"tag `{key}` begins with `{_RESERVED}`, which AWS keeps for itself"
        yield Finding(CODE, message, path, hint=f"{key[len(_RESERVED) :]}: …", on="key")
    for what, text in (("key", key), ("value", value)):
        strange = next(
            (character for character in text if not (character.isalnum() or character in f" {_PUNCTUATION}")), ""
        )
        if strange:
            message = f"tag `{key[:_KEY]}` has a {what} with `{strange}`, which AWS does not take"
            hint = f"letters, digits, spaces and {' '.join(_PUNCTUATION)}"
            yield Finding(CODE, message, path, hint=hint, on="key" if what == "key" else "value")
    if not key.strip():
        yield Finding(CODE, "a tag has a key of at least one character", path, hint="such as team", on="key")
    if len(key) > _KEY:
        message = f"tag `{key[:20]}…` has a key of {len(key)} characters, and AWS takes {_KEY}"
        yield Finding(CODE, message, path, hint=f"shorten it by {len(key) - _KEY}", on="key")
    if len(value) > _VALUE:
        message = f"tag `{key[:_KEY]}` has a value of {len(value)} characters, and AWS takes {_VALUE}"
        yield Finding(CODE, message, path, hint=f"shorten it by {len(value) - _VALUE}")
