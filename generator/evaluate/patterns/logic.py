"""Conditions joined by `&&`, `||` and parentheses, as JSON and space-delimited patterns share them.

CloudWatch binds `()` before `&&` before `||`. The reading is a loop and not a recursion, because 1,024
characters of opening parentheses would exhaust Python's stack, and `parse` promises never to raise.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from generator.evaluate.patterns.reader import FieldCondition, Guess, Reader, Rejected

_Asked = TypeVar("_Asked")

_Alternatives = list[list[FieldCondition]]
"""What has been read between two parentheses: at least one list is to hold, and in it every condition."""


def read_expression(reader: Reader, read_condition: Callable[[Reader], FieldCondition]) -> FieldCondition:
    """Read up to the first character that can not continue the expression, and compile it to one condition."""
    opened: list[int] = []
    levels: list[_Alternatives] = [[[]]]
    while True:
        reader.skip_blanks()
        if reader.next() == "(":
            opened.append(reader.at)
            levels.append([[]])
            reader.accept("(")
            continue
        levels[-1][-1].append(read_condition(reader))
        _close_groups(reader, opened, levels)
        if reader.accept("&&"):
            continue
        if reader.accept("||"):
            levels[-1].append([])
            continue
        if opened:
            raise _unfinished(reader, opened[-1])
        return _one_of(levels[0])


def _close_groups(reader: Reader, opened: list[int], levels: list[_Alternatives]) -> None:
    reader.skip_blanks()
    while reader.next() == ")":
        if not opened:
            raise Rejected('this ")" closes nothing', reader.at, 'remove it, or open it with "("')
        reader.accept(")")
        opened.pop()
        group = levels.pop()
        levels[-1][-1].append(_one_of(group))
        reader.skip_blanks()


def _one_of(alternatives: _Alternatives) -> FieldCondition:
    guesses = [guess_all([one.guess for one in every]) for every in alternatives]
    some = [guess for guess in guesses if guess]
    return FieldCondition(
        any_of([all_of([one.holds for one in every]) for every in alternatives]),
        any_of(some) if len(some) == len(guesses) else None,
    )


def guess_all(guesses: Sequence[Guess | None]) -> Guess | None:
    """The guess of conditions that all have to hold; nothing where none of them has one."""
    known = [guess for guess in guesses if guess]
    return all_of(known) if known else None


def _unfinished(reader: Reader, opening: int) -> Rejected:
    if reader.next() in ("", "}", "]", ","):
        return Rejected('this "(" is never closed', opening, 'close it with ")"')
    return unexpected(reader, '"&&", "||" or ")"')


def unexpected(reader: Reader, wanted: str, hint: str = "") -> Rejected:
    """The complaint about what follows a condition; it knows the joining words of other languages."""
    joining = reader.text[reader.at : reader.at + 3].upper()
    if joining.startswith(("&", "AND")):
        hint = 'write "&&" for and'
    elif joining.startswith(("|", "OR")):
        hint = 'write "||" for or'
    here = f'"{reader.next()}"' if reader.next() else "the end of the pattern"
    return Rejected(f"expected {wanted} here, found {here}", reader.at, hint)


def all_of(tests: Sequence[Callable[[_Asked], bool]]) -> Callable[[_Asked], bool]:
    """A test that holds where every one of `tests` does."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) and second(value)

    def every(value: _Asked) -> bool:
        for test in tests:  # noqa: SIM110 - all() over a generator takes twice as long, on every line
            if not test(value):
                return False
        return True

    return every


def any_of(tests: Sequence[Callable[[_Asked], bool]]) -> Callable[[_Asked], bool]:
    """A test that holds where at least one of `tests` does."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) or second(value)

    def some(value: _Asked) -> bool:
        for test in tests:  # noqa: SIM110 - any() over a generator takes twice as long, on every line
            if test(value):
                return True
        return False

    return some
