"""Pieces of proposed tests as text: names, series in the notation, stretches of a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from generator.evaluate.play import Published, State
from generator.scenarios.scenario import START
from generator.scenarios.stage import Stage, Standing


def given_text(stage: Stage, one: Published) -> Iterator[str]:
    """The lines of a metric that is given."""
    names = {number: name for name, number in stage.accounts.items()}
    dimensions = ", ".join(f"{quoted(key)}: {quoted(value)}" for key, value in one.metric.dimensions)
    metric = f"namespace: {quoted(one.metric.namespace)}, name: {quoted(one.metric.name)}"
    metric += f", dimensions: {{{dimensions}}}" if dimensions else ""
    account = f"account: {quoted(names.get(one.metric.account, one.metric.account))}\n        " if stage.package else ""
    yield f"      - {account}metric: {{{metric}}}\n"
    assert isinstance(one.values, tuple)
    yield f'        series: "{_notation(one.values)}"\n'


def _notation(values: Iterable[tuple[float, ...] | None]) -> str:
    """The series in the notation of tests."""
    parts = []
    for value, run in groupby(values):
        more = len(list(run)) - 1
        if value is None:
            parts.append(f"_x{more + 1}" if more else "_")
        else:
            one = _number(value[0]) if len(value) == 1 else f"[{' '.join(_several(value))}]"
            parts.append(f"{one}x{more}" if more else one)
    return " ".join(parts)


def _several(values: tuple[float, ...]) -> Iterator[str]:
    """The values of one period, equal ones together."""
    for value, run in groupby(values):
        more = len(list(run)) - 1
        yield f"{_number(value)}x{more}" if more > 1 else " ".join([_number(value)] * (1 + more))


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def about_text(standing: Standing) -> str:
    """` of checkout`, for an alarm of the hub that is about an account."""
    return f" of {standing.about}" if standing.about else ""


def title(stage: Stage, standing: Standing) -> str:
    """What a test of an alarm is called, before what it is about."""
    place = standing.about or standing.account
    return f"{stage}: {standing.key} in {place}" if place else standing.key


def place(standing: Standing) -> str:
    """The account to name in a test."""
    return quoted(standing.about or standing.account or standing.alarm.account)


def quoted(text: str) -> str:
    """Text as YAML: bare where it is a plain word, in quotes elsewhere."""
    is_bare = text.replace("-", "").replace("/", "").replace("_", "").isalnum() and text[0].isalpha()
    if is_bare and text.lower() not in ("true", "false", "yes", "no", "on", "off", "null", "y", "n"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def stretches(changes: Sequence[tuple[int, State]], end: int) -> Iterator[tuple[int, int, State]]:
    """From when to when the alarm is in which state."""
    if not changes or changes[0][0] > START:
        changes = [(START, "INSUFFICIENT_DATA"), *changes]
    for (at, state), following in zip(changes, [*(change[0] for change in changes[1:]), end + 1], strict=True):
        yield at, following - 1, state
