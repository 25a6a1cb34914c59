"""Filters of one field: the values of its list in an event pattern, each as EventBridge reads it.

Strings match strings and numbers match numbers, with one exception: `anything-but` matches whatever is not listed, of
any type. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
Where the page is silent, the service's own matcher decides: https://github.com/aws/event-ruler
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from generator.evaluate.events.faults import UnreadableFilter
from generator.evaluate.events.wildcards import wildcard
from generator.findings import suggest

Scalar: TypeAlias = str | int | float | bool | None
Test: TypeAlias = Callable[[Scalar], bool]
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching
MOST = 5.0e9
_IGNORE_CASE = "equals-ignore-case"
_OF_ANYTHING_BUT = ("prefix", "suffix", _IGNORE_CASE, "wildcard")


@dataclass(frozen=True, slots=True)
class Filter:
    """One value of a field's list. kind: `equals` for a plain value. wants_absence: for `exists: false`.

    is_open: true for values that nobody has listed, so that it narrows little or nothing down.
    """

    kind: str
    test: Test
    wants_absence: bool = False
    is_open: bool = False


def read_filter(value: Any) -> Filter:
    """A filter of a value of a field's list. Raises UnreadableFilter."""
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise UnreadableFilter("expected a value or a filter, got a list", "remove the inner brackets")
        _finite(value)
        return Filter("equals", _equals(value))
    kind = _only_key(value, "a filter")
    operand = value[kind]
    if kind not in _READERS:
        raise UnreadableFilter(f"unknown filter `{kind}`", suggest(kind, sorted(_READERS)))
    return _READERS[kind](operand)


def _only_key(value: Mapping[str, Any], what: str) -> str:
    if len(value) != 1:
        raise UnreadableFilter(
            f"{what} has exactly one key, got {len(value)}", "write each filter as a mapping of its own: [{…}, {…}]"
        )
    return str(next(iter(value)))


def _equals(expected: Scalar) -> Test:
    """Numbers are compared as numbers; true is not 1. An IP address matches in any notation."""
    if isinstance(expected, str):
        address = _address(expected)
        if address is not None:
            return lambda value: isinstance(value, str) and (value == expected or _address(value) == address)
        return lambda value: isinstance(value, str) and value == expected
    if isinstance(expected, bool) or expected is None:
        return lambda value: value is expected
    return lambda value: _is_number(value) and value == expected


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(value: Scalar) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableFilter(f"JSON has no number {value}", "put it into quotes if it is text")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _of_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _text(operand: Any, kind: str) -> str:
    if not isinstance(operand, str):
        raise UnreadableFilter(f"`{kind}` expects text", f'write {{{kind}: "…"}}')
    return operand


def _affix(kind: str, has: Callable[[str, str], bool]) -> Callable[[Any], Filter]:
    """The reader of `prefix` or `suffix`, which may ignore case."""

    def read(operand: Any) -> Filter:
        if isinstance(operand, dict):
            if _only_key(operand, f"the mapping of `{kind}`") != _IGNORE_CASE:
                raise UnreadableFilter(f"`{kind}` expects text, or {{{_IGNORE_CASE}: …}}")
            folded = _text(operand[_IGNORE_CASE], _IGNORE_CASE).lower()
            return Filter(kind, _of_text(lambda value: has(value.lower(), folded)), is_open=not folded)
        text = _text(operand, kind)
        return Filter(kind, _of_text(lambda value: has(value, text)), is_open=not text)

    return read


def _ignoring_case(operand: Any) -> Filter:
    folded = _text(operand, _IGNORE_CASE).lower()
    return Filter(_IGNORE_CASE, _of_text(lambda value: value.lower() == folded))


def _wildcard(operand: Any) -> Filter:
    text = _text(operand, "wildcard")
    return Filter("wildcard", _of_text(wildcard(text)), is_open=text == "*")


def _exists(operand: Any) -> Filter:
    if not isinstance(operand, bool):
        raise UnreadableFilter("`exists` expects true or false")
    return Filter("exists", lambda _value: operand, wants_absence=not operand, is_open=operand)


def _cidr(operand: Any) -> Filter:
    text = _text(operand, "cidr")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UnreadableFilter(f"`{text}` is not a range of IP addresses", "use a range such as 10.0.0.0/24") from None
    if "/" not in text:
        raise UnreadableFilter(f"`{text}` has no length of the prefix", f"write {text}/{network.max_prefixlen}")

    def within(value: str) -> bool:
        address = _address(value)
        return address is not None and address.version == network.version and address in network

    return Filter("cidr", _of_text(within))


def _numeric(operand: Any) -> Filter:
    """One comparison, or a lower bound and an upper bound, in this order."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise UnreadableFilter("`numeric` expects a list of operators and numbers", 'write [">", 0, "<=", 5]')
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    for operator, number in pairs:
        if not isinstance(operator, str) or operator not in _COMPARE:
            raise UnreadableFilter(f"unknown operator `{operator}` of `numeric`", "use =, <, <=, > or >=")
        if not _is_number(number):
            raise UnreadableFilter(f"`{operator}` expects a number", "write it without quotes")
        _finite(number)
        if abs(number) > MOST:
            raise UnreadableFilter(f"EventBridge compares numbers from -5,000,000,000 to 5,000,000,000, not {number}")
    if len(pairs) == 2:
        (low, least), (high, most) = pairs
        if not low.startswith(">") or not high.startswith("<"):
            raise UnreadableFilter("a range is a lower bound and then an upper bound", 'write [">", 0, "<=", 5]')
        if least > most or (least == most and (low, high) != (">=", "<=")):
            raise UnreadableFilter(f"no number is {low} {least} and {high} {most}")
    return Filter(
        "numeric",
        lambda value: _is_number(value) and all(_COMPARE[operator](value, number) for operator, number in pairs),
    )


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, number: value == number,
    "<": lambda value, number: value < number,
    "<=": lambda value, number: value <= number,
    ">": lambda value, number: value > number,
    ">=": lambda value, number: value >= number,
}


def _anything_but(operand: Any) -> Filter:
    """Whatever is not listed; the field has to be there."""
    tests = [read_filter(value).test for value in _excluded(operand)]
    return Filter("anything-but", lambda value: not any(test(value) for test in tests), is_open=True)


def _excluded(operand: Any) -> Sequence[Any]:
    """What `anything-but` excludes: values of one type, or one kind of filter with a text or several."""
    if isinstance(operand, dict):
        kind = _only_key(operand, "the mapping of `anything-but`")
        if kind not in _OF_ANYTHING_BUT:
            raise UnreadableFilter(
                f"`anything-but` does not support `{kind}`", suggest(kind, _OF_ANYTHING_BUT, "use prefix or suffix")
            )
        texts = operand[kind] if isinstance(operand[kind], list) else [operand[kind]]
        if not texts or any(not isinstance(text, str) or not text for text in texts):
            raise UnreadableFilter(f"`{kind}` of `anything-but` expects text that is not empty, or a list of it")
        return [{kind: text} for text in texts]
    values = operand if isinstance(operand, list) else [operand]
    are_texts = [isinstance(value, str) for value in values]
    are_numbers = [_is_number(value) for value in values]
    if not values or not (all(are_texts) or all(are_numbers)):
        raise UnreadableFilter("`anything-but` expects text or numbers, in a list only one of them")
    return values


_READERS: Mapping[str, Callable[[Any], Filter]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    _IGNORE_CASE: _ignoring_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "wildcard": _wildcard,
}
NAMES = frozenset(_READERS)
