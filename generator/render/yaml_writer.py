"""YAML of plain data, written straight to text: the same bytes as PyYAML's, several times faster and in less memory.

PyYAML makes a node and some objects for each value, hundreds of megabytes for a large template. Here the structure is
written directly, and how a scalar is written is asked of PyYAML once for each text that is not obviously plain. What
the structure does not foresee is `NotForeseen`, and the whole is PyYAML's. docs/decisions/0065
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

# Text that every reader reads as text, unless it is one of the words below.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_PLAIN_IN_BLOCK = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?:(?: |:+)[A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"yes", "no", "true", "false", "on", "off", "null", "y", "n"})
_LONGEST_KEY = 100
# Line breaks to YAML 1.1 that are not "\n"; PyYAML indents what follows them.
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029]")

# How one value alone is written: in block style as `k: …`, or in a list in flow style.
Alone = Callable[[Any, bool], str]
Tagged = Callable[[dict[str, Any]], tuple[str, Any, bool] | None]


class NotForeseen(Exception):
    """Something that is left to PyYAML."""


class Writer:
    """Writes one document. alone: PyYAML. tagged: a mapping's tag, argument and whether it is in flow style, if any."""

    def __init__(self, alone: Alone, tagged: Tagged) -> None:
        self.alone, self.tagged = alone, tagged
        self.out: list[str] = []
        self.scalars: dict[tuple[type, str, bool], str] = {}
        self.keys: dict[str, str] = {}

    def text(self, value: Any) -> str:
        """The document. Raises NotForeseen."""
        if type(value) is not dict or not value or self.tagged(value):
            raise NotForeseen
        self._mapping(value, 0, "")
        return "".join(self.out)

    def _mapping(self, value: dict[str, Any], column: int, first: str) -> None:
        start = first
        for key, inner in value.items():
            self.out.append(f"{start}{self._key(key)}:")
            self._node(inner, column, after_key=True)
            start = " " * column

    def _sequence(self, items: Iterable[Any], column: int, first: str) -> None:
        start = first
        for item in items:
            self.out.append(f"{start}-")
            self._node(item, column, after_key=False)
            start = " " * column

    def _node(self, value: Any, column: int, *, after_key: bool) -> None:
        """The text after `key:` or `-`, which is at the column, to the end of the line or lines."""
        kind = type(value)
        if kind is dict:
            tagged_value = self.tagged(value) if value else None
            if tagged_value:
                self._tagged(value, tagged_value, column, after_key=after_key)
            elif not value or _is_tag(value):
                self.out.append(f" {self._flow(value)}\n")
            else:
                self.out.append("\n" if after_key else " ")
                self._mapping(value, column + 2, " " * (column + 2) if after_key else "")
        elif kind is list and value:
            self.out.append("\n" if after_key else " ")
            if after_key:
                self._sequence(value, column, " " * column)
            else:
                self._sequence(value, column + 2, "")
        else:
            self.out.append(f" {self._scalar(value, column)}\n")

    def _tagged(
        self, value: dict[str, Any], tagged_value: tuple[str, Any, bool], column: int, *, after_key: bool
    ) -> None:
        tag, argument, is_flow = tagged_value
        if type(argument) is str:
            self.out.append(f" {self._of_tag(value, tag, argument, column)}\n")
        elif type(argument) is not list:
            raise NotForeseen
        elif is_flow or not argument:
            self.out.append(f" {self._flow(value)}\n")
        else:
            self.out.append(f" {tag}\n")
            inside = column if after_key else column + 2
            self._sequence(argument, inside, " " * inside)

    def _flow(self, value: Any) -> str:
        kind = type(value)
        if kind is list:
            return f"[{', '.join(map(self._flow, value))}]"
        if kind is not dict:
            return self._scalar_alone(value, is_flow=True)
        tagged_value = self.tagged(value) if value else None
        if not tagged_value:
            return f"{{{', '.join(f'{self._key(key)}: {self._flow(inner)}' for key, inner in value.items())}}}"
        tag, argument, _ = tagged_value
        if type(argument) is str:
            return f"{tag} {argument}" if _PLAIN.fullmatch(argument) else self._asked(value, argument, is_flow=True)
        if type(argument) is not list:
            raise NotForeseen
        return f"{tag} {self._flow(argument)}"

    def _of_tag(self, value: dict[str, Any], tag: str, argument: str, column: int) -> str:
        # The tag decides the type, so `!Ref true` needs no quotes.
        if _PLAIN_IN_BLOCK.fullmatch(argument):
            return f"{tag} {argument}"
        return _indented(self._asked(value, argument, is_flow=False), column)

    def _scalar(self, value: Any, column: int) -> str:
        text = self._scalar_alone(value, is_flow=False)
        return _indented(text, column) if "\n" in text else text

    def _scalar_alone(self, value: Any, *, is_flow: bool) -> str:
        kind = type(value)
        if kind is str:
            pattern = _PLAIN if is_flow else _PLAIN_IN_BLOCK
            if pattern.fullmatch(value) and value.lower() not in _WORDS:
                return value  # type: ignore[no-any-return]
        elif kind is bool:
            return "true" if value else "false"
        elif kind is int:
            return str(value)
        elif value is not None and kind is not float and value != []:
            raise NotForeseen
        elif value == []:
            return "[]"
        # As text, for 0.0 and -0.0 are equal.
        key = (kind, str(value), is_flow)
        if key not in self.scalars:
            self.scalars[key] = self._asked(value, value if kind is str else "", is_flow=is_flow)
        return self.scalars[key]

    def _asked(self, value: Any, text: str, *, is_flow: bool) -> str:
        """PyYAML's text of a scalar. text: the scalar, where it is text."""
        if _OTHER_BREAKS.search(text):
            raise NotForeseen
        return self.alone(value, is_flow)

    def _key(self, key: Any) -> str:
        known = self.keys.get(key) if type(key) is str else None
        if known is None:
            known = self.keys[key] = self._new_key(key)
        return known

    def _new_key(self, key: Any) -> str:
        # Keys that are long or have lines are written with a question mark before them.
        if type(key) is not str or len(key) > _LONGEST_KEY or not (key.isascii() and key.isprintable()):
            raise NotForeseen
        return self._scalar_alone(key, is_flow=False)


def _is_tag(value: dict[str, Any]) -> bool:
    return value.keys() == {"Key", "Value"} and isinstance(value["Value"], str)


def _indented(text: str, column: int) -> str:
    """A block of lines that was written two columns in, where its key is at a column. Raises NotForeseen for others."""
    first, *lines = text.split("\n")
    if not lines:
        return text
    # `|+` keeps lines at the end, which at the end of a document need a mark of its own.
    if not re.fullmatch(r"(?:![A-Za-z]+ )?\|[0-9]?-?", first):
        raise NotForeseen
    return "\n".join([first, *(" " * column + line if line else line for line in lines)])
