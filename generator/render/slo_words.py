"""Service level objectives in words: in a diff, in the catalogue, and for `obsgen explain`.

What is said is said of the data of estate.json, so that a diff needs no older compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.findings import Path
from generator.model.estate import Estate
from generator.render.estate_json import plain
from generator.render.section_words import Data, Kind
from generator.wording import duration_as_written, duration_in_words

_WORKBOOK = "those of the SRE workbook"


def catalogued(estate: Estate) -> Iterator[str]:
    """A table of objectives; nothing where there are none."""
    if not estate.objectives:
        return
    yield from ("", "## Service level objectives", "")
    yield from ("| objective | target | counts | windows | fast alarm |", "| --- | --- | --- | --- | --- |")
    for objective in map(plain, estate.objectives):
        cells = (objective["key"], _target(objective), _counts(objective), _windows(objective), _traffic(objective))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Kind, the objective's key, and a sentence for each difference of two estates' data."""
    old, new = _by_key(before), _by_key(after)
    # An estate of before there were objectives in estate.json has their alarms.
    known = {alarm.get("objective") for alarm in before.get("alarms", ())}
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None:
            # Where it is, its alarms say.
            yield from (("changed", key, sentence) for sentence in _changed(was, now))
        elif now is not None and key not in known:
            yield "added", key, f"new: {_target(now)} of {_counts(now)}"
        elif was is not None:
            yield "removed", key, f"no longer has the target of {_target(was)}"


def explained(path: Path, estate: Estate) -> Iterator[str]:
    """Lines about an objective, or about one of its keys."""
    if path[:1] != ("slos",) or len(path) < 2:
        return
    key = str(path[2]) if len(path) > 2 else ""
    for objective in estate.objectives:
        if objective.path == path[:2]:
            yield from (f"  {row}" for keys, row in _rows(plain(objective)) if not key or key in keys)


def _rows(objective: Data) -> Iterator[tuple[tuple[str, ...], str]]:
    """The keys that a line is about, and the line."""
    yield ("objective", "window"), f"target: {_target(objective)}"
    yield ("of", "latency", "bad", "good", "total"), f"counts: {_counts(objective)}"
    yield ("windows",), f"windows: {_windows(objective)}"
    yield ("minimum_traffic",), f"fast alarm: {_traffic(objective)}"
    yield ("no_traffic",), f"without traffic: {_silence(objective)}"
    yield ("application_signals",), f"Application Signals: {_slo(objective) or 'no SLO'}"


def _changed(was: Data, now: Data) -> Iterator[str]:
    if _target(was) != _target(now):
        yield f"now has the target of {_target(now)} (was: {_target(was)})"
    if was["together"] != now["together"]:
        yield "now has one budget for all accounts" if now["together"] else "now has a budget for each account"
    for words, name in ((_counts, "counts"), (_windows, "has the windows"), (_traffic, "has a fast alarm")):
        if words(was) != words(now):
            yield f"now {name}: {words(now)} (was: {words(was)})"
    if _silence(was) != _silence(now):
        yield f"without traffic is now {_silence(now)} (was: {_silence(was)})"
    if _slo(was) != _slo(now):
        name = _slo(now)
        yield (
            f"is now the SLO {name} of Application Signals, too"
            if name
            else "is no SLO of Application Signals any more"
        )


def _by_key(estate: Data) -> dict[str, Data]:
    return {objective["key"]: objective for objective in estate.get("objectives", ())}


def _target(objective: Data) -> str:
    """`99.9 % over 30 days`."""
    window = objective["window"]
    days = f"{window // 86_400} days" if window % 86_400 == 0 and window > 86_400 else duration_in_words(window)
    return f"{objective['percent']:g} % over {days}"


def _counts(objective: Data) -> str:
    """`service api: 1 - (HTTPCode_ELB_5XX_Count + …) / RequestCount`, or the metrics alone."""
    kind = "bad" if objective["counts_bad"] else "good"
    events, total = _events(objective["counted"]), _events(objective["total"])
    source = objective.get("source")
    return f"{f'{source}: ' if source else ''}{kind} {events} of {total}"


def _events(counts: Mapping[str, Any]) -> str:
    """The formula with the names of its metrics; no data is 0 in every one, so that this is not said."""
    names = {operand["id"]: _metric(operand) for operand in counts["operands"]}
    if not counts["expression"]:
        return " + ".join(names.values())
    formula = re.sub(r"FILL\(([a-z]\w*), 0\)", r"\1", counts["expression"])
    return re.sub(r"(?<![\w.'\"])[a-z]\w*", lambda match: names.get(match[0], match[0]), formula)


def _metric(operand: Mapping[str, Any]) -> str:
    metric, statistic = operand["metric"], operand["statistic"]
    name = metric["filter"] or metric["name"]
    return str(name) if statistic == "Sum" else f"{name} {statistic}"


def _windows(objective: Data) -> str:
    pairs = objective.get("pairs")
    if not pairs:
        return _WORKBOOK
    return "; ".join(
        f"{pair['speed']} above {pair['burn_rate']:g} in {duration_as_written(pair['long_s'])}"
        f" and {duration_as_written(pair['short_s'])}"
        for pair in pairs
    )


def _traffic(objective: Data) -> str:
    least = objective.get("minimum_traffic")
    return f"from {least:g} events in the longer window" if least else "from one event"


def _slo(objective: Data) -> str:
    """The name of its SLO in Application Signals; empty for none."""
    return str((objective.get("signals") or {}).get("name", ""))


def _silence(objective: Data) -> str:
    return "a total failure" if objective.get("no_traffic_fails") else "quiet"
