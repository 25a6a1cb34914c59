"""How messages about tests mention a metric, and some of many names."""

from __future__ import annotations

from collections.abc import Iterable

_SHOWN = 6


def shown_metric(namespace: str, name: str, dimensions: tuple[tuple[str, str], ...]) -> str:
    """`AWS/Lambda Errors {FunctionName: x}`."""
    of = " {" + ", ".join(f"{key}: {value}" for key, value in dimensions) + "}" if dimensions else ""
    return f"{namespace} {name}{of}"


def some_of(words: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    every = sorted(set(words))
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")
