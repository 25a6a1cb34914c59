"""Pieces of proposed tests as text: names, series in the notation, stretches of a state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from generator.evaluate.types import MetricId, Published, State
from generator.scenarios.environment import OWN_ACCOUNT, OWN_REGION, AlarmLocation, SimulatedEnvironment
from generator.scenarios.scenario import START


def given_text(environment: SimulatedEnvironment, series: Published, region: str = "") -> Iterator[str]:
    """The lines of a metric that is given. region: where it is published; empty for every one."""
    yield _metric_text(environment, series.metric, region)
    assert isinstance(series.values, tuple)
    yield f'        series: "{_notation(series.values)}"\n'


def quota_text(environment: SimulatedEnvironment, metric: MetricId, quota: float, region: str = "") -> Iterator[str]:
    """The lines of the service quota of a metric."""
    yield _metric_text(environment, metric, region)
    yield f"        quota: {_number(quota)}\n"


def _metric_text(environment: SimulatedEnvironment, metric: MetricId, region: str) -> str:
    names = {number: name for name, number in environment.accounts.items()}
    dimensions = ", ".join(f"{quoted(key)}: {quoted(value)}" for key, value in metric.dimensions)
    text = f"namespace: {quoted(metric.namespace)}, name: {quoted(metric.name)}"
    text += f", dimensions: {{{dimensions}}}" if dimensions else ""
    account_name = names.get(metric.account, metric.account)
    account = f"account: {quoted(account_name)}\n        " if account_name else ""
    account += f"region: {region}\n        " if region else ""
    return f"      - {account}metric: {{{text}}}\n"


def _notation(values: Iterable[tuple[float, ...] | None]) -> str:
    """The series in the notation of tests."""
    parts = []
    for value, run in groupby(values):
        more = len(list(run)) - 1
        if value is None:
            parts.append(f"_x{more + 1}" if more else "_")
        else:
            text = _number(value[0]) if len(value) == 1 else f"[{' '.join(_several(value))}]"
            parts.append(f"{text}x{more}" if more else text)
    return " ".join(parts)


def _several(values: tuple[float, ...]) -> Iterator[str]:
    """The values of one period, equal ones together."""
    for value, run in groupby(values):
        more = len(list(run)) - 1
        yield f"{_number(value)}x{more}" if more > 1 else " ".join([_number(value)] * (1 + more))


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def about_text(location: AlarmLocation) -> str:
    """` of checkout`, for an alarm of the hub that is about an account."""
    return f" of {location.subject}" if location.subject else ""


def title(environment: SimulatedEnvironment, location: AlarmLocation) -> str:
    """What a test of an alarm is called, before what it is about."""
    account = location.subject or location.account
    region = f", {location.region}" if location.region else ""
    return f"{environment}: {location.key}" + (f" in {account}{region}" if account else "")


def stands(environment: SimulatedEnvironment, location: AlarmLocation) -> str:
    """An alarm as a test names it, with its account where there are several."""
    account = location.subject or location.account or location.alarm.account
    region = f", region: {location.region}" if location.region else ""
    return f"alarm: {quoted(location.key)}" + (f", account: {quoted(account)}{region}" if environment.package else "")


def named_test(environment: SimulatedEnvironment, name: str) -> Iterator[str]:
    """The first lines of a test: its name, and the environment or template that is tested."""
    yield f"  - name: {quoted(name)}\n"
    if environment.package:
        yield f"    environment: {environment}\n"
        return
    stack = environment.stacks[0]
    yield f"    template: {quoted(environment.name)}\n"
    for key, pairs in (("parameters", stack.parameters), ("imports", stack.imports), ("ssm", stack.stored)):
        values = ", ".join(f"{quoted(name_)}: {quoted(value)}" for name_, value in pairs)
        yield f"    {key}: {{{values}}}\n" if pairs else ""
    yield f'    account: "{stack.account}"\n' if stack.account != OWN_ACCOUNT else ""
    yield f"    region: {stack.region}\n" if stack.region != OWN_REGION else ""


def flat(value: object) -> str:
    """Text for a comment: in one line, however it is written."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(str(value).split()))


def quoted(text: str) -> str:
    """Text as YAML: bare where it is a plain word, in quotes elsewhere."""
    is_bare = text.isascii() and text.replace("-", "").replace("/", "").replace("_", "").isalnum() and text[0].isalpha()
    if is_bare and text.lower() not in ("true", "false", "yes", "no", "on", "off", "null", "y", "n"):
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(character if character.isprintable() else f"\\U{ord(character):08x}" for character in escaped)


def stretches(changes: Sequence[tuple[int, State]], end: int) -> Iterator[tuple[int, int, State]]:
    """From when to when the alarm is in which state."""
    if not changes or changes[0][0] > START:
        changes = [(START, "INSUFFICIENT_DATA"), *changes]
    for (at, state), following in zip(changes, [*(change[0] for change in changes[1:]), end + 1], strict=True):
        yield at, following - 1, state
