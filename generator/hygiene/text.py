"""The report as lines for a terminal and as Markdown, from its data."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.comment.text import code, plain
from generator.wording import pluralize, visible
from generator.yaml_edits import flow_text

_MOST_ALARMS = 20


def text_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report in words. At most 20 alarms of a rule; JSON has all."""
    yield _headline(report)
    for rule, rows in _by_rule(report):
        known = report["rules"][rule]
        yield ""
        yield f"{rule} ({known['level']}, {pluralize(len(rows), 'alarm')}): {known['title']}"
        for row in rows[:_MOST_ALARMS]:
            yield f"  {visible(row['alarm'])} ({visible(_where(row))}): {visible(row['message'])}"
            yield f"    = {visible(_remedy(row))}"
        if len(rows) > _MOST_ALARMS:
            yield f"  and {len(rows) - _MOST_ALARMS:,} more; --format json lists all"
    if report["problems"]:
        yield ""
        yield f"Not captured: {pluralize(report['problems'], 'call')}; problems.jsonl of the capture lists them"
    if report["not_judged"]:
        yield ""
        yield "Not judged:"
        for group in report["not_judged"]:
            yield f"  {group['rule']:<22}{pluralize(group['alarms'], 'alarm'):>12}  {group['reason']}"
    yield from _score_lines(report)
    yield from _week_lines(report)


def markdown_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report as Markdown: a section for each rule, tables of scores and weeks."""
    yield f"## {_headline(report)}"
    for rule, rows in _by_rule(report):
        known = report["rules"][rule]
        yield ""
        yield f"### {rule}: {pluralize(len(rows), 'alarm')}"
        yield ""
        yield f"{known['title']} ({known['level']})"
        yield ""
        for row in rows[:_MOST_ALARMS]:
            yield f"- {code(row['alarm'])} ({code(_where(row))}): {plain(row['message'])}; {plain(_remedy(row))}"
        if len(rows) > _MOST_ALARMS:
            yield f"- and {len(rows) - _MOST_ALARMS:,} more"
    if report["not_judged"]:
        yield from ("", "### Not judged", "", "| rule | alarms | reason |", "| --- | ---: | --- |")
        for group in report["not_judged"]:
            yield f"| {group['rule']} | {group['alarms']:,} | {plain(group['reason'])} |"
    yield from ("", "### Scores", "", "| of | alarms | sound | % |", "| --- | ---: | ---: | ---: |")
    for score in report["scores"]:
        counts = f"{score['alarms']:,} | {score['sound']:,} | {score['percent']}"
        yield f"| {score['kind']} {code(score['name'])} | {counts} |"
    if report["weeks"]:
        yield from ("", "| week | alarms | firings | short | flapping | always firing | % |")
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for week in report["weeks"]:
        cells = " | ".join(
            f"{week[name]:,}" for name in ("alarms", "firings", "short", "flapping", "firing", "percent")
        )
        yield f"| {week['start'][:10]} | {cells} |"


def diff_text(texts: Mapping[str, tuple[str, str]]) -> str:
    """The patches as a unified diff that `patch -p1` and `git apply` read."""
    lines: list[str] = []
    for name, (before, after) in texts.items():
        plain = name.lstrip("/")
        lines += difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{plain}", f"b/{plain}"
        )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _headline(report: Mapping[str, Any]) -> str:
    name = f"Hygiene of {report['environment']}" if report["environment"] else "Hygiene"
    sound = sum(score["sound"] for score in report["scores"] if score["kind"] == "account")
    share = 100 * sound // report["alarms"] if report["alarms"] else 100
    accounts = pluralize(report["accounts"], "account")
    text = f"{name}, {report['from'][:10]} to {report['to'][:10]}: {pluralize(report['alarms'], 'alarm')} in {accounts}"
    text += f", {sound:,} without a problem ({share} %)"
    return text if report["complete"] else f"{text}; the capture is not complete"


def _by_rule(report: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The findings of each rule that has any: problems first."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in report["findings"]:
        rows.setdefault(row["rule"], []).append(row)
    yield from sorted(rows.items(), key=lambda pair: (report["rules"][pair[0]]["level"] != "problem", pair[0]))


def _remedy(row: Mapping[str, Any]) -> str:
    patch = row["patch"]
    if patch is None:
        return f"help: {row['advice']}"
    value = f"{patch['field']}: {flow_text(patch['value'])}"
    at = f" ({patch['at']})" if patch["at"] else ""
    if "edits" not in patch:
        return f"help: {row['advice']}; no patch of {row['path']}{at} to {value}: {patch['reason']}"
    is_override = any(edit["appends"] for edit in patch["edits"])
    weaker = "; it weakens a critical alarm: review it" if patch["weakens"] and row["severity"] == "critical" else ""
    return f"patch: {row['path']}{at}: {value}{', as an override' if is_override else ''}{weaker}"


def _score_lines(report: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("account", "owner"):
        rows = [score for score in report["scores"] if score["kind"] == kind]
        width = max([22, *(len(visible(score["name"])) for score in rows)])
        yield ""
        yield f"{'By ' + kind:<{width}}  {'alarms':>8}{'sound':>8}{'%':>6}  findings"
        for score in rows[:_MOST_ALARMS]:
            by_rule = ", ".join(f"{name} {count:,}" for name, count in score["findings"].items()) or "none"
            counts = f"{score['alarms']:>8,}{score['sound']:>8,}{score['percent']:>6}"
            yield f"{visible(score['name']):<{width}}  {counts}  {by_rule}"
        if len(rows) > _MOST_ALARMS:
            yield f"and {len(rows) - _MOST_ALARMS:,} more; --format json lists all"


def _week_lines(report: Mapping[str, Any]) -> Iterator[str]:
    if report["weeks"]:
        yield ""
        yield f"{'By week':<22}  {'alarms':>8}{'firings':>9}{'short':>7}{'flapping':>10}{'always':>8}{'%':>6}"
    for week in report["weeks"]:
        counts = (
            f"{week['alarms']:>8,}{week['firings']:>9,}{week['short']:>7,}{week['flapping']:>10,}{week['firing']:>8,}"
        )
        yield f"{week['start'][:10]} to {week['end'][:10]:<8}  {counts}{week['percent']:>6}"


def _where(row: Mapping[str, Any]) -> str:
    return f"{row['account_name']} {row['region']}, {row['owner']}"
