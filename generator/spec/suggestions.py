"""Suggestions for values in the notation of another tool, or with a small mistake in ours."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from generator.findings import suggest

# The longer names of the units of time, by their beginnings.
_TIMES = (("mo", ""), ("s", "s"), ("m", "m"), ("h", "h"), ("d", "d"), ("w", "w"))
_STATISTICS = {
    "avg": "Average",
    "mean": "Average",
    "max": "Maximum",
    "min": "Minimum",
    "count": "SampleCount",
    "samples": "SampleCount",
    "total": "Sum",
    "median": "p50",
}
# Types under the names of vendors and of other tools, folded: letters and digits only.
_KINDS = {
    "opsgenie": ("jsm",),
    "jiraservicemanagement": ("jsm",),
    "jsmoperations": ("jsm",),
    "atlassian": ("jira", "jsm"),
    "msteams": ("teams",),
    "microsoftteams": ("teams",),
    "office365": ("teams",),
    "googlechat": ("google_chat",),
    "gchat": ("google_chat",),
    "hangouts": ("google_chat",),
    "hangoutschat": ("google_chat",),
    "mail": ("email",),
    "smtp": ("email",),
    "ses": ("email",),
    "http": ("webhook",),
    "https": ("http", "webhook"),
    "url": ("http", "webhook"),
    "hook": ("webhook",),
    "victorops": ("webhook",),
    "splunkoncall": ("webhook",),
    "datadog": ("webhook",),
    "discord": ("webhook",),
    "mattermost": ("webhook",),
    "telegram": ("webhook",),
    "eventbridge": ("event_bus",),
    "events": ("event_bus",),
    "eventbus": ("event_bus",),
    "bus": ("event_bus",),
    "snow": ("servicenow",),
    "itsm": ("servicenow",),
    "topic": ("sns",),
    "phone": ("sms",),
    "text": ("sms",),
    "pager": ("pagerduty",),
    "systemsmanager": ("opsitem",),
    "opscenter": ("opsitem",),
    "ssm": ("opsitem",),
    "ping": ("tcp",),
    "icmp": ("tcp",),
    "ssl": ("tls",),
    "certificate": ("tls",),
    "graph": ("metric",),
    "timeseries": ("metric",),
    "number": ("metric",),
    "singlevalue": ("metric",),
    "gauge": ("metric",),
    "log": ("logs",),
    "loginsights": ("logs",),
    "markdown": ("text",),
    "alarm": ("alarms",),
}
_M_AND_N = 2
_WORDS = ("Sum", "Average", "Minimum", "Maximum", "SampleCount", "IQM")


def duration(value: object) -> str:
    """The hint for a duration that is none: `5m` for `5 minutes`, units for a bare number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (
            f"add a unit: {value}s, {value}m, {value}h or {value}d"
            if value > 0
            else "use a duration such as 1m, 5m or 30d"
        )
    match = re.fullmatch(r"(\d+)\s*([a-z]+)", value.strip().lower()) if isinstance(value, str) else None
    unit = next((short for long, short in _TIMES if match and match[2].startswith(long)), "")
    return f"write {match[1]}{unit}" if match and unit else "write a whole number followed by s, m, h, d or w"


def datapoints(value: object) -> str:
    """The hint for M of N: `3 of 5` for `3/5`, and `3 of 3` for 3."""
    numbers = re.findall(r"\d+", str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else []
    needed = numbers[0].lstrip("0") if numbers else ""
    return (
        f"write {needed} of {numbers[-1].lstrip('0')}"
        if needed and len(numbers) <= _M_AND_N
        else "use 1 of 1 to alarm on the first datapoint"
    )


def statistic(value: str) -> str:
    """The statistic that a word of another spelling means; empty where none is near."""
    folded = value.strip().casefold()
    word = next((name for name in _WORDS if name.casefold() == folded), _STATISTICS.get(folded, ""))
    percent = re.fullmatch(r"(?:p|perc|percentile|pct)[\s_.-]*(\d{1,2})(\d*)(?:th)?", folded)
    if percent:
        word = f"p{percent[1]}.{percent[2]}" if percent[2] else f"p{percent[1]}"
    return f"did you mean `{word}`?" if word else ""


def kind(value: str, known: Sequence[str]) -> str:
    """For a type that is not known: the one that a vendor's or another tool's name means, else the nearest name."""
    folded = re.sub(r"[^a-z0-9]", "", value.casefold())
    types = [name for name in (folded, *_KINDS.get(folded, ())) if name in known]
    return f"use {' or '.join(types)}" if types else suggest(value, known)


def switch(value: object) -> str:
    """For true or false: the word without its quotes."""
    folded = value.strip().casefold() if isinstance(value, str) else ""
    if folded in ("true", "yes", "on", "1", "enabled"):
        return "write true, without quotes"
    return "write false, without quotes" if folded in ("false", "no", "off", "0", "disabled") else ""


def number(value: object) -> str:
    """For a number: what is one but for quotes or a percent sign."""
    match = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?)\s*%?\s*", value) if isinstance(value, str) else None
    return f"write {match[1]}" if match else ""


def entry(value: str | int) -> str:
    """A value as it is written in a list, in quotes where YAML needs them or would read no text."""
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    is_plain = re.fullmatch(r"[A-Za-z][\w./-]*", text) and not isinstance(value, bool)
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def entries(value: object) -> str:
    """For a mapping: a list of names and values, as CloudFormation and others write one, or of single entries."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return ""
    first = {str(key).casefold(): inner for key, inner in value[0].items()}
    name = first.get("name", first.get("key"))
    if not isinstance(name, str):
        return ""
    if isinstance(first.get("value"), str):
        return f"use the name as the key: {{{name}: {first['value']}}}"
    return f"use the name as the key: {{{name}: {{…}}}}, without `-`"
