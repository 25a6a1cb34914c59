"""What a condition compares: the value written in the pattern against the value found in the log line.

CloudWatch documents comparisons of strings and of numbers, and not what happens between the two (a JSON
number against a quoted "400", a JSON string "400" against a bare 400). Here the pattern decides: a bare
number compares with whatever reads as a number, anything else compares with the text of the value, as it must
be in space-delimited lines, where everything is text. Booleans, null, arrays and objects are no value nodes:
neither `=` nor `!=` holds for them (documented for arrays and objects; for booleans and null our reading,
since IS exists).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from generator.evaluate.patterns.reader import Reader, Rejected, Test, in_quotes
from generator.evaluate.patterns.regex import compile_regex, needed_texts

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# The guide wants quotes around anything but letters, digits and "_", yet writes 123.123.* and *.html*
# without.
_BARE_TEXT = re.compile(r"[A-Za-z0-9_.*]+")
_BARE = re.compile(r"[^\s()&|,\]}]+")
_LONGEST_EXACT_INTEGER = 400

_ORDERINGS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_OPERATORS = ("<=", ">=", "!=", "=", "<", ">")


@dataclass(frozen=True, slots=True)
class _Operand:
    """The right side of a condition. `number` only where it is written as one, without quotes."""

    equals: Test
    number: float | None
    position: int
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator and what is compared with, compiled.

    holds: whether it does for a value. texts: one of them is within the text of every value for which it does; none
    where nothing of the kind is known.
    """

    holds: Test
    texts: tuple[str, ...] = ()


def at_operator(reader: Reader) -> bool:
    """Whether a comparison is under the cursor."""
    return reader.next() != "" and reader.next() in "=!<>"


def read_comparison(reader: Reader) -> Comparison:
    """Read an operator and what is compared with, and compile them."""
    position = reader.at
    sign = next((sign for sign in _OPERATORS if reader.accept(sign)), "")
    if not sign or (reader.next() != "" and reader.next() in "=<>!~"):
        hint = "the operators are = != < > <= >="
        raise Rejected("this is no operator of filter patterns", position, hint)
    reader.skip_blanks()
    operand = _read_operand(reader)
    if sign == "=":
        return Comparison(operand.equals, operand.texts)
    if sign == "!=":
        return Comparison(_differs(operand.equals))
    if operand.number is None:
        hint = "write a number, without quotes or *"
        raise Rejected(f'"{sign}" compares numbers only', operand.position, hint)
    return Comparison(_ordered(_ORDERINGS[sign], operand.number))


def number_of(value: object) -> float | None:
    """The number that a value is or reads as; text only in the spellings that a pattern may use as well."""
    if type(value) is str:
        return read_number(value)
    if type(value) is int or type(value) is float:  # not isinstance(), to which true and false are integers
        return value
    return None


def read_number(text: str) -> float | None:
    """The number written in `text`, or nothing. Integers stay exact, so that long identifiers do not blur."""
    if text.isdecimal() and text.isascii() and len(text) <= _LONGEST_EXACT_INTEGER:
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    is_short_integer = text[1:].isdecimal() and len(text) <= _LONGEST_EXACT_INTEGER
    return int(text) if is_short_integer else float(text)


def _read_operand(reader: Reader) -> _Operand:
    position = reader.at
    if reader.next() == '"':
        text = reader.quoted()
        return _Operand(_text_equals(text), None, position, _core(text))
    if reader.next() == "%":
        expression = reader.regex()
        return _Operand(_found_by(compile_regex(*expression)), None, position, needed_texts(*expression))
    text = reader.take(_BARE)
    if not text:
        hint = 'write a number, a word, "text" or %regex%'
        raise Rejected("a value to compare with is missing", position, hint)
    number = read_number(text)
    if number is not None:
        return _Operand(_number_equals(number), number, position)
    plain = _BARE_TEXT.match(text)
    length = plain.end() if plain else 0
    if length < len(text):
        hint = f"put the value in double quotes: {in_quotes(text)}"
        raise Rejected(f'"{text[length]}" is not allowed in a value without quotes', position + length, hint)
    return _Operand(_text_equals(text), None, position, _core(text))


def _text_of(value: object) -> str | None:
    if type(value) is str:
        return value
    if type(value) is int or type(value) is float:
        return str(value)
    return None


def _text_equals(text: str) -> Test:
    """Equality with a text in which a `*` at either end stands for anything; within, it is only a star."""
    any_before, any_after = text.startswith("*"), text.endswith("*")
    core = "".join(_core(text))
    if any_before and any_after:
        return lambda value: (text_ := value if type(value) is str else _text_of(value)) is not None and core in text_
    if any_before:
        return lambda value: (_text_of(value) or "").endswith(core)
    if any_after:
        return lambda value: (value if type(value) is str else _text_of(value) or "").startswith(core)
    return lambda value: (value if type(value) is str else _text_of(value)) == text


def _core(text: str) -> tuple[str, ...]:
    """What is left of a text without the stars at its ends; nothing where nothing is."""
    any_before, any_after = text.startswith("*"), text.endswith("*")
    core = text[any_before : max(any_before, len(text) - any_after)]
    return (core,) if core else ()


def _number_equals(number: float) -> Test:
    return lambda value: (read_number(value) if type(value) is str else number_of(value)) == number


def _found_by(search: Callable[[str], object]) -> Test:
    return lambda value: (text := _text_of(value)) is not None and bool(search(text))


def _differs(equals: Test) -> Test:
    """`!=` needs a value that differs: for a missing field it does not hold (DataBiosphere/azul#5884)."""
    return lambda value: _text_of(value) is not None and not equals(value)


def _ordered(holds: Callable[[float, float], bool], number: float) -> Test:
    def test(value: object) -> bool:
        number_ = read_number(value) if type(value) is str else number_of(value)
        return number_ is not None and holds(number_, number)

    return test
