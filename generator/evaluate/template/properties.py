"""The properties of a resource read one by one; what can not be read is remembered as a fault with its place.

A reader asks for what it wants and gets a value of the right type always, a stand-in where there is none; whether
anything was wrong it sees in the faults at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.evaluate.template.intrinsic_values import NO_VALUE, Unknown, text
from generator.evaluate.template.intrinsics import TemplateScope

_MISSING = object()


@dataclass(slots=True, eq=False)
class Properties:
    """Some properties with the functions still in them. faults: shared by a resource and all parts of it."""

    scope: TemplateScope
    logical_id: str
    kind: str
    given: Mapping[str, Any]
    place: str = ""
    is_there: bool = True
    faults: list[str] = field(default_factory=list)

    def fault(self, name: str, reason: str) -> None:
        """Something can not be read."""
        self.faults.append(f"{self.place}{name}: {reason}")

    def name(self, property_: str) -> str:
        """What the resource is called; its logical id where that is left to AWS or can not be known."""
        value = self._value(property_)
        name = text(value) if value is not _MISSING else ""
        return self.logical_id if isinstance(name, Unknown) or not name else name

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it has to be there."""
        value = self._value(name)
        if value is _MISSING:
            if default is None:
                self.fault(name, "it is not there")
            return default or ""
        text_ = text(value)
        if isinstance(text_, Unknown):
            self.fault(name, text_.reason)
            return ""
        return text_

    def number(self, name: str) -> float:
        """A number, which a template may write as text."""
        written = self.text(name)
        try:
            number = float(written)
        except ValueError:
            number = math.nan
        if written and not math.isfinite(number):
            self.fault(name, f'"{written[:40]}" is not a number')
        return number

    def count(self, name: str, default: int | None = None) -> int:
        """A whole number from 1 on; from 0 on where 0 is the default."""
        if default is not None and self._value(name) is _MISSING:
            return default
        number = self.number(name)
        least = 0 if default == 0 else 1
        if not math.isfinite(number) or number != int(number) or number < least:
            if math.isfinite(number):
                self.fault(name, f"{number:g} is not a whole number from {least} on")
            return least
        return int(number)

    def flag(self, name: str, default: bool) -> bool:
        """True or false, which a template may write as text."""
        written = self.text(name, "true" if default else "false").lower()
        if written not in ("true", "false", ""):
            self.fault(name, f'"{written[:40]}" is neither true nor false')
        return written == "true"

    def part(self, name: str) -> Properties:
        """A property that has properties; with `is_there` false where it is not there."""
        value = self._value(name)
        if value is _MISSING:
            return self._within(name, {}, False)
        return self._within(name, self._mapping(name, value), True)

    def list(self, name: str) -> tuple[Properties, ...]:
        """A list of parts; empty where it is not there."""
        value = self._value(name)
        if value is _MISSING:
            return ()
        if isinstance(value, Unknown) or not isinstance(value, list):
            self.fault(name, value.reason if isinstance(value, Unknown) else "a list is wanted here")
            return ()
        parts = ((f"{name}[{index}]", item) for index, item in enumerate(value))
        return tuple(self._within(item_name, self._mapping(item_name, item), True) for item_name, item in parts)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is not there."""
        value = self._value(name)
        texts = [text(item) for item in value] if isinstance(value, list) else []
        unknown = next((item for item in [value, *texts] if isinstance(item, Unknown)), None)
        if unknown:
            self.fault(name, unknown.reason)
        return tuple(item for item in texts if not isinstance(item, Unknown))

    def list_or_text(self, name: str) -> bool:
        """Whether there is anything."""
        return self._value(name) not in (_MISSING, "", [])

    def _within(self, name: str, values: Mapping[str, Any], is_there: bool) -> Properties:
        prefix = f"{self.place}{name}."
        return Properties(self.scope, self.logical_id, self.kind, values, prefix, is_there, self.faults)

    def _mapping(self, name: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.fault(name, value.reason if isinstance(value, Unknown) else "a mapping is wanted here")
        return {}

    def _value(self, name: str) -> Any:
        if name not in self.given:
            return _MISSING
        value = self.scope.resolved(self.given[name])
        return _MISSING if value is NO_VALUE or value is None else value
