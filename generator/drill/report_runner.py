"""Reports of sample data: a process with the report function's package, and nothing of ours.

Standard input is one line of JSON, `{"settings": events.json, "ends": {report: milliseconds since 1970}, "alarms":
[name]}`; the answer is one line, `{file name: text}`. The sample uses the settings' own accounts, alarms and
objectives, so that people see their names.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

MINUTE, HOUR = 60_000, 3_600_000
ERRORS = (
    ("1-5f2d1c0b9a8e7d6c", "ConnectionError: … unreachable after …", "order-processor", 3, 41),
    ("1-0a1b2c3d4e5f6071", "ValueError in parse.py:amount < app.py:handler", "order-processor", 400, 57),
    ("1-9988776655443322", "Task timed out", "payment-handler", 900, 12),
    ("1-1357924680acebdf", "payment … refused: 502 from acquirer", "payment-processor", 2_000, 9),
)


def main() -> None:
    """Read the request, build the report, and write the answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    answers.write(json.dumps(_answer(**request)) + "\n")
    answers.flush()


def _answer(settings: dict[str, Any], ends: dict[str, int], alarms: list[str]) -> dict[str, str]:
    known = import_module("handlers.events.settings").settings_of(settings)
    schedules = import_module("handlers.reports.settings").report_settings_of(settings).reports
    build, period = import_module("handlers.reports.build").build, import_module("handlers.reports.period").period
    forms = {name: import_module(f"handlers.reports.{name}") for name in ("mail", "page", "text")}
    types = {channel["type"] for channel in settings.get("channels", {}).values()}
    chats = {kind: import_module(f"handlers.reports.{kind}") for kind in sorted({"slack", *types} - {"email"})}
    files: dict[str, str] = {}
    for name, schedule in sorted(schedules.items()):
        end = datetime.fromtimestamp(ends[name] / 1000, UTC)
        over = period(name, end, schedule.time_zone, schedule.zone_rules)
        command = f"obsgen report open {name} {over.end.date().isoformat()} -e {known.environment}"
        report = build(name, over, _gathered(settings, over, alarms), known, command)
        files[f"{name}.html"] = forms["page"].as_page(report)
        files[f"{name}-mail.html"] = forms["mail"].as_mail(report)
        files[f"{name}-mail.txt"] = forms["text"].as_text(report)
        for kind, form in chats.items():
            files[f"{name}-{kind}.json"] = json.dumps(form.message(report), indent=1, ensure_ascii=False) + "\n"
    return files


def _gathered(data: dict[str, Any], over: Any, alarms: list[str]) -> Any:
    gathered = import_module("handlers.reports.gathered")
    accounts = sorted(data.get("accounts", {})) or ["222222222222"]
    region = (data.get("regions") or [data["hub"]["region"]])[0]
    objectives = tuple(
        gathered.Objective(
            objective["title"], objective["objective"], f"{objective['window'] // 86_400} d", 88.4 - 61 * index
        )
        for index, objective in enumerate(data.get("slos", ()))
    )
    compliance = tuple(
        gathered.ComplianceTotal(data["accounts"][id_]["name"], region, 96 - 7 * index, 4 * index)
        for index, id_ in enumerate(accounts)
        if data.get("compliance")
    )
    source = import_module("handlers.events.records").Source(accounts[0], region)
    return gathered.ReportData(
        events=tuple(_events(data, over, source, alarms)),
        errors=tuple(_errors(over, accounts, region)),
        agents=tuple(_agents(over, accounts, data.get("regions") or [region])),
        compliance=compliance if data.get("compliance") else None,
        objectives=objectives or None,
        coverage=import_module("handlers.reports.settings").report_settings_of(data).coverage,
    )


def _events(data: dict[str, Any], over: Any, source: Any, alarms: list[str]) -> list[Any]:
    records = import_module("handlers.events.records")
    event_id = import_module("handlers.events.ids").event_id
    events = []

    def add(type_: str, subject: str, at: int, title: str, body: dict[str, Any]) -> None:
        kind = records.EventType(type_)
        severity = data.get("alarms", {}).get(subject, {}).get("severity", "high")
        event = event_id(source, kind, subject, at)
        events.append(records.Event(event, kind, source, at, severity, title, subject, body))

    for index, name in enumerate(alarms[:6] or ["errors-alarm"]):
        for time in range(5 if index == 0 else 1):
            start = over.end_ms - (3 + 3 * index) * HOUR + time * 12 * MINUTE
            add("alarm", name, start, f"{name} is in ALARM", {"state": "ALARM"})
            if index != 1:
                end = start + (4 + 7 * index) * MINUTE
                add("alarm", name, end, f"{name} is OK", {"state": "OK"})
    add("task-failure", "payment-processor", over.end_ms - 5 * HOUR, "payment-processor stopped: out of memory", {})
    add("deployment", "payment-handler", over.end_ms - 6 * HOUR, "payment-handler was deployed", {})
    return events


def _errors(over: Any, accounts: list[str], region: str) -> list[Any]:
    records = import_module("handlers.events.records")
    use = import_module("handlers.reports.gathered").ErrorUse
    source = records.Source(accounts[-1], region)
    steps = len(list(over.buckets()))
    errors = []
    for number, (fingerprint, title, service, hours, count) in enumerate(ERRORS):
        first, last = over.end_ms - hours * HOUR, over.end_ms - HOUR
        error = records.Error(fingerprint, "log", title, first, last, source, service=service, owner="payments")
        buckets = [count * ((step * 7 + number) % 5) // (2 * steps) for step in range(steps)]
        buckets[-3] += count - sum(buckets)
        errors.append(use(error, count, count // 2 if number else 0, tuple(buckets)))
    return errors


def _agents(over: Any, accounts: list[str], regions: list[str]) -> list[Any]:
    records = import_module("handlers.events.records")
    return [
        records.Agent(records.Source(account, region), records.Status.REGISTERED, 0, 0, window_end=over.end_ms)
        for account in accounts
        for region in regions
    ]


if __name__ == "__main__":
    main()
