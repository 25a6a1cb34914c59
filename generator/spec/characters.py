"""Characters that no text of a spec has: NUL, other controls, halves of surrogate pairs.

CloudFormation, CloudWatch and the vendors refuse or drop them, in the middle of a rollout or of an incident. Lines of
a log that are tried on a pattern may have them, as real ones do.
https://www.w3.org/TR/xml/#charsets
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.findings import Finding, Path

_LAYOUT = "\n\r\t"
# The keys whose texts are lines of a log.
_LINES = ("examples",)


def control_characters(data: Any, path: Path = ()) -> Iterator[Finding]:
    """S03 for each text and each key that has such a character."""
    if isinstance(data, str):
        strange = next((one for one in data if _is_control(one)), "")
        if strange:
            message = f"a text cannot have the control character U+{ord(strange):04X}"
            yield Finding("S03", message, path, hint="leave it out")
    elif isinstance(data, dict):
        for key, value in data.items():
            if any(_is_control(one) for one in str(key)):
                yield Finding(
                    "S03", "a key cannot have control characters", (*path, key), hint="leave them out", on="key"
                )
            if key not in _LINES:
                yield from control_characters(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from control_characters(value, (*path, index))


def _is_control(one: str) -> bool:
    number = ord(one)
    return (number < 0x20 and one not in _LAYOUT) or 0x7F <= number < 0xA0 or 0xD800 <= number < 0xE000
