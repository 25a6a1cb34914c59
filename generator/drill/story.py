"""The report of a drill on this machine, for a terminal of 120 columns; pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from generator.drill.drill_result import DrillEvent, DrillResult, Step
from generator.drill.vendors.kit.registry import vendor_class

COLUMNS = 120


def short(result: DrillResult) -> str:
    """The verdict, after the folder that was kept."""
    folder = f"Packages and logs of the functions: {result.folder}\n" if result.folder else ""
    return folder + verdict(result)


def verdict(result: DrillResult) -> str:
    """One line: which channels were notified, or what is wrong."""
    subject = result.plan.subject
    alarm = f"{subject.alarm} in {subject.account_name}"
    if result.problems:
        return f"FAILED: {alarm}: {'; '.join(result.problems)}"
    if not result.expected:
        return f"{alarm} has severity {subject.severity}: no channel is to be notified, and none was"
    silent = [name for name in result.expected if name in result.silent_at_end]
    but = f" (except {', '.join(silent)}: `ok: false`)" if silent else ""
    outcome = result.plan.outcome.replace(" and OK", f" and OK{but}")
    line = f"{alarm}: {_listed(result.expected)} {outcome}"
    return (
        line
        if len(line) <= COLUMNS or len(result.expected) == 1
        else f"{alarm}: all {len(result.expected)} channels {outcome}"
    )


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def as_data(result: DrillResult) -> dict[str, Any]:
    """For `--json`."""
    subject = result.plan.subject
    return {
        "alarm": subject.alarm,
        "account": subject.account,
        "account_name": subject.account_name,
        "region": subject.region,
        "environment": result.plan.environment,
        "severity": subject.severity,
        "expected": list(result.expected),
        "steps": [
            {
                "title": step.title,
                "state": step.state,
                "failed": step.failed,
                "heard": step.notified,
                "hops": [{"seconds": round(seconds, 3), "what": what} for seconds, what in step.hops],
            }
            for step in result.steps
        ],
        "channels": result.channels,
        "dead_letters": result.dead_letters,
        "violations": result.violations,
        "log": result.log,
        "kept": result.folder or None,
        "problems": result.problems,
        "verdict": verdict(result),
    }


def story(result: DrillResult) -> str:
    """The hops, what each channel received, and the verdict."""
    lines = list(_lines(result))
    return "\n".join(line.rstrip() for line in lines)


def _lines(result: DrillResult) -> Iterator[str]:
    subject = result.plan.subject
    yield f"{subject.alarm} in {subject.account_name} ({subject.account}, {subject.region}), {subject.severity}"
    yield ""
    for step, event in zip(result.steps, result.events, strict=False):
        yield from _step_lines(step, event)
    for channel in result.channels:
        yield ""
        yield f"{channel['name']} ({channel['type']})"
        for line in vendor_class(channel["type"]).describe(channel):
            yield from _wrapped(line, "  ")
    if result.dead_letters:
        yield ""
        yield "Dead letters"
        for letter in result.dead_letters:
            yield from _wrapped(f"{letter['queue']}: {letter['reason']}", "  ")
    if result.log and result.problems:
        yield ""
        yield "Log of the functions"
        for line in result.log[-40:]:
            yield from _wrapped(line, "  ")
    yield ""
    yield short(result)


def _step_lines(step: Step, event: DrillEvent) -> Iterator[str]:
    yield step.title
    for seconds, hop in step.hops:
        yield from _wrapped(hop, f"  {seconds:6.3f} s  ")
    if not step.notified and not step.failed:
        yield f"            no notification{'' if event.is_new else ' (duplicate)'}"


def _wrapped(line: str, lead: str) -> Iterator[str]:
    """Within the columns; a long word, such as an address, is cut (`--json` has all of it)."""
    text = line.lstrip()
    lead += line[: len(line) - len(text)]
    if max(map(len, text.split()), default=0) > COLUMNS // 2:
        full = lead + text
        yield full if len(full) <= COLUMNS else f"{full[: COLUMNS - 1]}…"
        return
    hanging = " " * (len(lead) + (2 if text.startswith(("- ", "| ")) else 0))
    yield from textwrap.wrap(
        text, COLUMNS, initial_indent=lead, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )
