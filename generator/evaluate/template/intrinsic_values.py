"""What CloudFormation's functions make of arguments that are worked out already: text joined, lists split.

A value that only a running account can know is an Unknown with its reason; it stays one through every function.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_LONGEST = 1_000_000
_SECRET = "{{resolve:"  # noqa: S105  # how a dynamic reference begins
_STORED = re.compile(r"\{\{resolve:ssm:([^{}:]+)(?::[0-9]+)?\}\}")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that can not be known here, and why."""

    reason: str


class _NoValue:
    """What AWS::NoValue gives: the property is as if it were not there."""


NO_VALUE: Final = _NoValue()


def text(value: Any) -> str | Unknown:
    """A value where CloudFormation wants text: numbers and booleans are taken as they are written."""
    match value:
        case Unknown():
            return value
        case str():
            return Unknown("a dynamic reference is resolved by CloudFormation only") if _SECRET in value else value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _written(value)
        case None:
            return Unknown("there is no value")
        case _:
            return Unknown("expected text, got a list or a mapping")


def with_stored(value: str, stored: Mapping[str, str]) -> str:
    """A text with its dynamic references to the Parameter Store put in, those of which the value is given.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
    """
    if not stored or _SECRET not in value:
        return value
    return _STORED.sub(lambda match: stored.get(match[1], match[0]), value)


def short(value: str) -> str | Unknown:
    """A text that was put together, if it is of a length that a template may have."""
    return value if len(value) <= _LONGEST else Unknown("the text is longer than any template may be")


def _written(number: float) -> str | Unknown:
    try:
        return str(number)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return Unknown("a number is longer than any template may be")


def _join(argument: Any) -> Any:
    match argument:
        case [str() as delimiter, list() as values]:
            parts = [text(value) for value in values]
            unknown = next((part for part in parts if isinstance(part, Unknown)), None)
            return unknown or short(delimiter.join(map(str, parts)))
        case [str(), Unknown() as unknown]:
            return unknown
        case _:
            return Unknown("Fn::Join takes a delimiter and a list")


def _split(argument: Any) -> Any:
    match argument:
        case [str() as delimiter, source] if delimiter:
            parts_text = text(source)
            return parts_text if isinstance(parts_text, Unknown) else parts_text.split(delimiter)
        case _:
            return Unknown("Fn::Split takes a delimiter and a text")


def _select(argument: Any) -> Any:
    match argument:
        case [Unknown() as unknown, _] | [_, Unknown() as unknown]:
            return unknown
        case [index, list() as values]:
            written = text(index)
            if isinstance(written, str) and re.fullmatch("[0-9]{1,6}", written) and int(written) < len(values):
                return values[int(written)]
            return Unknown("Fn::Select finds nothing at its index")
        case _:
            return Unknown("Fn::Select takes an index and a list")


def _length(values: Any) -> Any:
    return len(values) if isinstance(values, list) else Unknown("Fn::Length takes a list")


def _base64(argument: Any) -> Any:
    value = text(argument)
    if isinstance(value, Unknown):
        return value
    return base64.b64encode(value.encode(errors="surrogatepass")).decode("ascii")


def _json(value: Any) -> Any:
    try:
        return json.dumps(value, separators=(",", ":"))
    except (TypeError, ValueError):
        return Unknown("Fn::ToJsonString has a part that is not known")


VALUES: Mapping[str, Callable[[Any], Any]] = {
    "Fn::Base64": _base64,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ToJsonString": _json,
}
