"""DynamoDB's UpdateExpressions: SET with + - if_not_exists list_append, REMOVE, ADD, DELETE.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tests.simulation.expressions import Compiled, Operand, Parser, Values
from tests.simulation.values import (
    Invalid,
    Item,
    Path,
    Value,
    added,
    added_number,
    appended,
    copied,
    present,
    put_at,
    remove_at,
    value_at,
    without,
)


@dataclass(frozen=True, slots=True)
class Update:
    """apply: the item after the update, from the item before. paths: which attributes it writes."""

    apply: Callable[[Item, Values], Item]
    paths: tuple[Path, ...]


def update(text: str, names: Mapping[str, str] | None = None) -> Compiled:
    """An UpdateExpression; `result` is an Update."""
    return _compiled(text, tuple(sorted((names or {}).items())))


@lru_cache(maxsize=2_000)
def _compiled(text: str, names: tuple[tuple[str, str], ...]) -> Compiled:
    parser = _UpdateParser(text, dict(names))
    return parser.compiled(parser.update())


class _UpdateParser(Parser):
    def update(self) -> Update:
        steps: list[Callable[[Item, Item, Values], None]] = []
        paths: list[Path] = []
        clauses = {"SET": self.assignment, "REMOVE": self.removal, "ADD": self.addition, "DELETE": self.deletion}
        found: set[str] = set()
        while self.peek():
            word = self.take().upper()
            if word not in clauses or word in found:
                raise Invalid(f"Syntax error; token: {word!r} in {self.text!r}")
            found.add(word)
            while True:
                path, step = clauses[word]()
                paths.append(path)
                steps.append(step)
                if self.peek() != ",":
                    break
                self.take(",")
        if len(set(paths)) != len(paths):
            raise Invalid("Two document paths overlap with each other")

        def apply(item: Item, values: Values) -> Item:
            changed = {name: copied(value) for name, value in item.items()}
            for step in steps:
                step(item, changed, values)
            return changed

        return Update(apply, tuple(paths))

    def assignment(self) -> tuple[Path, Callable[[Item, Item, Values], None]]:
        path = self.path()
        self.take("=")
        value = self.right_side()
        return path, lambda old, new, values: put_at(new, path, present(value(old, values)))

    def right_side(self) -> Operand:
        left = self.term()
        sign = self.peek()
        if sign in ("+", "-"):
            self.take()
            right = self.term()
            factor = 1 if sign == "+" else -1
            return lambda item, values: added_number(left(item, values), right(item, values), factor)
        return left

    def term(self) -> Operand:
        name = self.peek().lower()
        if self.peek(1) == "(" and name == "if_not_exists":
            self.take()
            self.take("(")
            path = self.path()
            self.take(",")
            otherwise = self.right_side()
            self.take(")")

            def value(item: Item, values: Values) -> Value | None:
                found = value_at(item, path)
                return otherwise(item, values) if found is None else found

            return value
        if self.peek(1) == "(" and name == "list_append":
            self.take()
            self.take("(")
            first = self.term()
            self.take(",")
            second = self.term()
            self.take(")")
            return lambda item, values: appended(first(item, values), second(item, values))
        return self.operand()

    def removal(self) -> tuple[Path, Callable[[Item, Item, Values], None]]:
        path = self.path()
        return path, lambda _old, new, _values: remove_at(new, path)

    def addition(self) -> tuple[Path, Callable[[Item, Item, Values], None]]:
        path, value = self.path(), self.placeholder()
        return path, lambda old, new, values: put_at(new, path, added(value_at(old, path), present(value(old, values))))

    def deletion(self) -> tuple[Path, Callable[[Item, Item, Values], None]]:
        path, value = self.path(), self.placeholder()

        def step(old: Item, new: Item, values: Values) -> None:
            left = without(value_at(old, path), present(value(old, values)))
            if left is None:
                remove_at(new, path)
            else:
                put_at(new, path, left)

        return path, step
