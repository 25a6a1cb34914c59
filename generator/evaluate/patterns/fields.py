"""Filter patterns over space-delimited lines: `[ip, ..., status = 4* || status = 5*, bytes > 1000]`.

A line is split at white space; what stands between double quotes or square brackets is one field and loses
them. The last field of a pattern takes the rest of the line, so `[ERROR]` is one field named ERROR, asks
nothing of it and counts every line that says anything. Each field can have conditions, on itself only.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (space-delimited log
events)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from generator.evaluate.patterns.guess import has_one_of
from generator.evaluate.patterns.logic import guess_all, read_expression, unexpected
from generator.evaluate.patterns.reader import FieldCondition, Guess, Reader, Rejected, Test
from generator.evaluate.patterns.values import at_operator, read_comparison

# A delimiter counts where a field begins; inside a word it is a character as any other. What is glued to the
# closing one (`[main]:`) stays with the field, which then keeps its delimiters. AWS documents neither case.
_FIELD = r'(?>"[^"]*+"\S*+|\[[^\[\]]*+\]\S*+|\S++)'
_REST = r"(\S(?:.*\S)?)"
_FIELDS = re.compile(_FIELD, re.ASCII)
_NAMING = 'a field is named with letters, digits and "_", as in status_code'
_OPENING = '"['
_ELLIPSIS = "..."

Extraction = Callable[[str], Mapping[str, str] | None]
_Split = Callable[[str], Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Fields:
    """A compiled pattern.

    names: of the fields, `$2` for an unnamed one; without those whose number depends on the line.
    numbered: whether the line has more fields than `names` tells, known by their number only ([] and ...).
    conditions: whether any field is compared with anything. extract: the fields of a line that matches.
    """

    names: tuple[str, ...]
    numbered: bool
    conditions: bool
    regexes: int
    extract: Extraction


@dataclass(frozen=True, slots=True)
class _Slot:
    """One entry between the commas: a name, an ellipsis or nothing, and what is asked of the field."""

    name: str
    position: int
    test: Test | None = None
    guess: Guess | None = None


def compile_fields(pattern: str) -> Fields:
    """Compile a space-delimited pattern."""
    reader = Reader(pattern)
    before, after = _around_ellipsis(_read_slots(reader))
    slots = [*before, *(after or [])]
    _require_distinct(slots)
    known = before if after is None else [*before, *(slot for slot in after if slot.name)]
    return Fields(
        names=tuple(slot.name or f"${number}" for number, slot in enumerate(known, 1)),
        numbered=after is not None,
        conditions=any(slot.test for slot in slots),
        regexes=reader.regexes,
        extract=_extraction(before, after),
    )


def _around_ellipsis(slots: list[_Slot]) -> tuple[list[_Slot], list[_Slot] | None]:
    """The slots before the ellipsis, and those behind it, or None where there is no ellipsis."""
    ellipses = [index for index, slot in enumerate(slots) if slot.name == _ELLIPSIS]
    if not ellipses:
        return slots, None
    if len(ellipses) > 1:
        hint = "name the other fields, or leave them blank between commas"
        raise Rejected('"..." can stand only once in a pattern', slots[ellipses[1]].position, hint)
    (at,) = ellipses
    return slots[:at], slots[at + 1 :]


def _read_slots(reader: Reader) -> list[_Slot]:
    reader.skip_blanks()
    reader.accept("[")
    reader.skip_blanks()
    matches_any_number_of_fields = reader.next() == "]"
    slots = [_Slot(_ELLIPSIS, reader.at) if matches_any_number_of_fields else _read_slot(reader)]
    while reader.accept(","):
        reader.skip_blanks()
        slots.append(_read_slot(reader))
    _read_end(reader)
    return slots


def _read_end(reader: Reader) -> None:
    if not reader.next():
        raise Rejected('a pattern that begins with "[" ends with "]"', reader.at, 'add "]" at the end')
    if not reader.accept("]"):
        raise unexpected(reader, '"," or "]"')
    reader.skip_blanks()
    if reader.next():
        hint = 'to find brackets in the text, quote the whole pattern: "[ERROR]"'
        raise Rejected('nothing may follow the closing "]"', reader.at, hint)


def _read_slot(reader: Reader) -> _Slot:
    start = reader.at
    name = _ELLIPSIS if reader.accept(_ELLIPSIS) else reader.word()
    reader.skip_blanks()
    if reader.next() in ("", ",", "]"):
        return _Slot(name, start)
    if name == _ELLIPSIS:
        raise unexpected(reader, '"," or "]"', "... has neither a name nor a condition")
    if name and not at_operator(reader):
        raise unexpected(reader, '",", "]" or an operator', _NAMING)
    reader.at = start
    names: list[str] = []
    condition = read_expression(reader, lambda reader: _read_condition(reader, names))
    return _Slot(names[0], start, condition.holds, condition.guess)


def _read_condition(reader: Reader, names: list[str]) -> FieldCondition:
    """One comparison; `names` holds those of the slot so far, which must all be the same."""
    position = reader.at
    name = reader.word()
    if not name:
        raise Rejected("the name of a field is missing here", position, _NAMING)
    names.append(name)
    if name != names[0]:
        # The 2018 guide had status_code = 4* && bytes > 1000; the service answers "Invalid filter pattern".
        hint = f'move this condition to the field "{name}"; conditions of different fields all have to hold'
        raise Rejected(f'"{name}" is compared within the field "{names[0]}"', position, hint)
    reader.skip_blanks()
    if not at_operator(reader):
        raise unexpected(reader, "an operator")
    comparison = read_comparison(reader)
    return FieldCondition(comparison.holds, has_one_of(comparison.texts))


def _require_distinct(slots: Sequence[_Slot]) -> None:
    seen: set[str] = set()
    for slot in slots:
        if slot.name in seen:
            hint = "values are extracted by the name of the field: give each its own"
            raise Rejected(f'two fields are named "{slot.name}"', slot.position, hint)
        if slot.name:
            seen.add(slot.name)


def _extraction(before: list[_Slot], after: list[_Slot] | None) -> Extraction:
    split = _splitter(len(before)) if after is None else _splitter_around(len(before), len(after))
    behind = after or []
    slots = [*before, *behind]
    guess, search = guess_all([slot.guess for slot in slots]), guess_all(list(_searches(before, after)))
    look = _look(before, behind)
    # The rest of a line is no field of it, so that a line in its fields does not answer for it.
    needs_search = after is None and before[-1].test is not None

    @lru_cache(maxsize=64)  # lines of one log group have a few lengths
    def keys(count: int) -> tuple[str, ...]:
        nameless = [""] * (count - len(slots))
        names = [*(slot.name for slot in before), *nameless, *(slot.name for slot in behind)]
        return tuple(f"${name or number}" for number, name in enumerate(names, 1))

    def extract(line: str) -> Mapping[str, str] | None:
        if guess and not guess(line):
            return None
        if search:
            latest, every = _latest
            if not (look(every) if latest is line and not needs_search else search(line)):
                return None
        fields = split(line)
        if fields is None:
            return None
        bare = [_bare(field) if field[0] in _OPENING else field for field in fields]
        return dict(zip(keys(len(fields)), bare, strict=True))

    return extract


def _look(before: list[_Slot], behind: list[_Slot]) -> Callable[[Sequence[str]], bool]:
    """Whether the fields that are asked something are what is asked of them, once a line is in its fields."""
    asked = [(index, slot.test) for index, slot in enumerate(before) if slot.test]
    asked += [(index - len(behind), slot.test) for index, slot in enumerate(behind) if slot.test]
    least = len(before) + len(behind)

    def look(fields: Sequence[str]) -> bool:
        if len(fields) < least:
            return False
        for index, test in asked:
            field = fields[index]
            if not test(_bare(field) if field[0] in _OPENING else field):
                return False
        return True

    return look


def _searches(before: list[_Slot], after: list[_Slot] | None) -> Iterator[Guess]:
    """The same before a line is taken apart, by searching for no more than those fields."""
    asked = [slot.test for slot in before if slot.test]
    if asked:
        last = max(index for index, slot in enumerate(before) if slot.test)
        is_rest = after is None and last == len(before) - 1
        shape = "".join(rf"{_captured(slot)}\s++" for slot in before[:last])
        shape += _REST if is_rest else _captured(before[last])
        yield _searched(re.compile(rf"\s*+{shape}", re.ASCII | re.DOTALL).match, asked)
    asked = [slot.test for slot in after or [] if slot.test]
    if asked and after:
        # A loop that eats all fields and gives back as many as are needed; none can end anywhere else.
        shape = "".join(rf"{_captured(slot)}\s*+" for slot in after)
        yield _searched(re.compile(rf"\s*+(?:{_FIELD}\s*+)*{shape}\Z", re.ASCII).match, asked)


def _searched(search: Callable[[str], re.Match[str] | None], tests: list[Test]) -> Guess:
    """Whether the fields that a search finds are what is asked of each."""

    if len(tests) == 1:
        (only,) = tests

        def is_one_as_asked(line: str) -> bool:
            found = search(line)
            if found is None:
                return False
            field = found[1]
            return only(_bare(field) if field[0] in _OPENING else field)

        return is_one_as_asked

    def is_as_asked(line: str) -> bool:
        found = search(line)
        if found is None:
            return False
        for test, field in zip(tests, found.groups(), strict=True):
            if not test(_bare(field) if field[0] in _OPENING else field):
                return False
        return True

    return is_as_asked


def _captured(slot: _Slot) -> str:
    return f"({_FIELD})" if slot.test else _FIELD


def _splitter(count: int) -> _Split:
    """`count` fields, the last of which is all the rest of the line. Fewer fields do not match."""
    line_shape = re.compile(r"\s*" + rf"({_FIELD})\s+" * (count - 1) + _REST, re.ASCII | re.DOTALL)

    def split(line: str) -> Sequence[str] | None:
        found = line_shape.match(line)
        return found and found.groups()

    return split


def _splitter_around(before: int, after: int) -> _Split:
    """Every field of the line, if there are enough for the slots on both sides of the ellipsis."""

    def split(line: str) -> Sequence[str] | None:
        fields = _fields_of(line)
        return fields if len(fields) >= before + after else None

    return split


_latest: tuple[str, Sequence[str]] = ("", ())
"""The line that was split last: the filters of a log group are tried on a line one after the other."""


def split_ahead(line: str) -> None:
    """Split a line that several patterns are about to be tried on, so that none of them has to search it."""
    _fields_of(line)


def _fields_of(line: str) -> Sequence[str]:
    global _latest
    latest, fields = _latest
    if latest is not line:
        fields = _FIELDS.findall(line)
        _latest = line, fields
    return fields


def _bare(field: str) -> str:
    """A field without the quotes or brackets around it, if it is all of what stands between them."""
    inner = field[1:-1]
    if field[0] == '"':
        is_delimited = len(field) > 1 and field[-1] == '"' and '"' not in inner
    else:
        is_delimited = field[-1] == "]" and "[" not in inner and "]" not in inner
    return inner if is_delimited else field
