"""What no text of a spec has: NUL, other controls, halves of surrogate pairs, references that CloudFormation resolves.

CloudFormation, CloudWatch and the vendors refuse or drop these characters, in the middle of a rollout or of an
incident. Lines of a log that are tried on a pattern may have them, as real ones do.
https://www.w3.org/TR/xml/#charsets

CloudFormation puts a secret in place of `{{resolve:secretsmanager:…}}` in every property, such as the body of a
dashboard, where everyone who may read the resource reads it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.findings import Finding, Path

# All but what lays text out: tabs and line breaks.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_RESOLVED = "{{resolve:"
_READABLE = "CloudFormation would put the value of this reference where everyone who reads the resource sees it"
# The keys whose texts are lines of a log.
_LINES = ("examples",)


def refused_texts(data: Any, path: Path = ()) -> Iterator[Finding]:
    """S03 for each text and each key that has such a character, and for each text with such a reference."""
    if isinstance(data, str):
        strange = _CONTROL.search(data)
        if strange:
            message = f"a text cannot have the control character U+{ord(strange[0]):04X}"
            yield Finding("S03", message, path, hint="remove it")
        if _RESOLVED in data:
            yield Finding("S03", _READABLE, path, hint=f"remove `{_RESOLVED}…`")
    elif isinstance(data, dict):
        for key, value in data.items():
            if _CONTROL.search(str(key)):
                yield Finding(
                    "S03", "a key cannot have control characters", (*path, key), hint="leave them out", on="key"
                )
            if _RESOLVED in str(key):
                yield Finding("S03", _READABLE, (*path, key), hint=f"remove `{_RESOLVED}…`", on="key")
            if key not in _LINES:
                yield from refused_texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from refused_texts(value, (*path, index))
