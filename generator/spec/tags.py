"""The small words of tags: keys, values and kinds of resources, within what AWS admits.

https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
"""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from generator.aws.taggable import TAGGABLE
from generator.findings import suggest
from generator.spec.scalars import Scalar, show, wrong

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
RESERVED = "aws:"
# What every service admits beside letters, digits and spaces of any script.
PUNCTUATION = "_.:/=+-@"


def any_tag_key(value: object) -> str:
    """A key that a resource may have, those that AWS sets itself included."""
    if not isinstance(value, str):
        raise wrong(f"expected a tag key such as CostCenter, got {show(value)}", "quote it")
    if not 0 < len(value) <= LONGEST_KEY:
        raise wrong(
            f"expected a tag key of 1 to {LONGEST_KEY} characters, got {len(value)}", "use a key such as CostCenter"
        )
    strange = [character for character in value if not (character.isalnum() or character in f" {PUNCTUATION}")]
    if strange or value != value.strip():
        what = f"has a `{strange[0]}`" if strange else "begins or ends with a space"
        raise wrong(f"the key {show(value)} {what}", f"use letters, digits, spaces and {' '.join(PUNCTUATION)}")
    return value


def tag_key(value: object) -> str:
    """A key that people may set."""
    key = any_tag_key(value)
    if key.lower().startswith(RESERVED):
        raise wrong(f"tag keys that begin with `{RESERVED}` are reserved by AWS", "use another key")
    return key


def tag_value(value: object) -> str:
    """A value that is there: not blank."""
    if isinstance(value, bool):
        raise wrong(
            f"expected text as the value of a tag, got {show(value)}",
            "quote it: YAML reads yes, no, on and off as true and false",
        )
    if not isinstance(value, str):
        hint = f'quote it: "{value}"' if isinstance(value, int | float) else "use a value such as unassigned"
        raise wrong(f"expected text as the value of a tag, got {show(value)}", hint)
    if is_blank(value):
        raise wrong("the value of a tag must not be blank", "use a value such as unassigned")
    if len(value) > LONGEST_VALUE:
        raise wrong(
            f"expected a tag value of at most {LONGEST_VALUE} characters, got {len(value)}", "use a shorter value"
        )
    return value


def is_blank(value: str) -> bool:
    """True if nothing of a value is visible, as handlers/compliance/judge.py sees it."""
    return all(character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in value)


def tag_values(value: object) -> tuple[str, ...]:
    """One value or several; none for any value."""
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(tag_value(value) for value in values))


def resource_type(value: object) -> str:
    """A type whose tags can be checked, with a did-you-mean."""
    if isinstance(value, str) and value in TAGGABLE:
        return value
    text = value.lower() if isinstance(value, str) else ""
    near = next((f"did you mean `{name}`?" for name in TAGGABLE if text in name.split(":")), "")
    raise wrong(f"{show(value)} is not a resource type that obsgen supports", near or suggest(text, TAGGABLE))


_KEY_SCHEMA = {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY}
_VALUE_SCHEMA = {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE}
AnyTagKey = Annotated[str, Scalar(any_tag_key, **_KEY_SCHEMA)]
TagKey = Annotated[str, Scalar(tag_key, **_KEY_SCHEMA, examples=["CostCenter"])]
TagValue = Annotated[str, Scalar(tag_value, **_VALUE_SCHEMA)]
TagValues = Annotated[
    tuple[str, ...], Scalar(tag_values, oneOf=[_VALUE_SCHEMA, {"type": "array", "items": _VALUE_SCHEMA}])
]
ResourceType = Annotated[str, Scalar(resource_type, type="string", enum=list(TAGGABLE))]


def _each_once(keys: list[str]) -> list[str]:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise wrong(f"the tag {show(twice[0])} is repeated", "remove one of them")
    return keys


EventTags = Annotated[list[TagKey], Field(max_length=MOST_TAGS), AfterValidator(_each_once)]
