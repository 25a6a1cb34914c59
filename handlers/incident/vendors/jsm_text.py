"""A report as an alert of Jira Service Management has it; pure. Opsgenie's alerts are the same.

Limits: https://docs.opsgenie.com/docs/alert-api#create-alert, in characters. Java counts an emoji as two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.incident.message.report import Report, Step, clip, is_address

MESSAGE_LIMIT, DESCRIPTION_LIMIT, NOTE_LIMIT = 130, 15_000, 25_000
TAG_LIMIT, DETAILS_LIMIT, ENTITY_LIMIT, SOURCE_LIMIT = 50, 8_000, 512, 100
VALUE_LIMIT, MEMBER_LIMIT = 2_000, 500
PRIORITIES = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}


def alert(
    report: Report, key: str, priorities: Mapping[str, str], responders: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """The alert of an alias. priorities: by severity, where they are not PRIORITIES."""
    data: dict[str, Any] = {
        "message": _short(report.title_within(MESSAGE_LIMIT), MESSAGE_LIMIT),
        "alias": key,
        "description": _short("\n".join(_lines(report)), DESCRIPTION_LIMIT),
        "tags": _tags(report),
        "details": _details(report),
        "entity": _short(_entity(report), ENTITY_LIMIT),
        "source": _short(f"obsgen {report.project}-{report.environment}", SOURCE_LIMIT),
        "priority": priorities.get(report.severity) or PRIORITIES.get(report.severity, "P3"),
    }
    return {**data, "responders": [dict(responder) for responder in responders]} if responders else data


def note(report: Report) -> str:
    """What is added to an alert that is open: log lines, or how a finding stands."""
    if report.step is Step.EVIDENCE:
        lines = [f"Latest log events matched by {report.alarm}", *(report.lines or ("none",))]
    else:
        lines = list(_lines(report))
    return _short("\n".join(lines), NOTE_LIMIT)


def _lines(report: Report) -> Iterator[str]:
    yield report.title
    if report.lead:
        yield clip(report.lead, VALUE_LIMIT)
    yield ""
    for name, value in report.facts:
        yield f"{name}: {clip(' '.join(value.split()), VALUE_LIMIT)}"
    if report.is_of_several:
        yield ""
        for member in report.members:
            yield clip(member.text, MEMBER_LIMIT)


def _tags(report: Report) -> list[str]:
    """What alert policies and teams' routing rules filter by."""
    place = () if report.kind_of_incident == "storm" else (report.account_name, report.region)
    words = ("obsgen", report.project, report.environment, report.severity, *place, report.owner)
    return list(dict.fromkeys(_short(" ".join(word.split()), TAG_LIMIT) for word in words if word.strip()))


def _details(report: Report) -> dict[str, str]:
    """Name and value, as many as fit, in the order of their use."""
    place = {} if report.kind_of_incident == "storm" else {"account": report.account, "region": report.region}
    values = {
        "severity": report.severity,
        "incident": report.episode,
        "environment": report.environment,
        "alarm": report.alarm,
        **place,
        "owner": report.owner,
        "runbook": report.runbook,
        **{label: url for label, url in report.links if label and is_address(url)},
    }
    details: dict[str, str] = {}
    room = DETAILS_LIMIT
    for name, value in values.items():
        room -= _units(name) + _units(value)
        if room < 0:
            break
        if value:
            details[name] = value
    return details


def _entity(report: Report) -> str:
    if report.kind_of_incident == "storm":
        return f"{report.project} {report.environment}"
    return f"{report.account_name} ({report.account}, {report.region})"


def _short(text: str, limit: int) -> str:
    """At most so many characters, as Java counts them."""
    short = clip(text, limit)
    while _units(short) > limit:
        short = clip(short, len(short) - (_units(short) - limit + 1) // 2)
    return short


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
