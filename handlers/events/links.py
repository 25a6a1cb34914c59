"""Addresses in CloudWatch's console; pure. Their form is the console's own; AWS documents none."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from handlers.common.partitions import console, partition
from handlers.events.records import Source

# How much of the log a link shows around a moment, in milliseconds.
BEFORE_MS, AFTER_MS = 300_000, 300_000


def insights(source: Source, group: str, query: str, start: int, end: int) -> str:
    """A Logs Insights query over a log group of an account, readable from the hub; empty where there is no console."""
    root = console(source.region)
    if not root or not group:
        return ""
    first, last = (f"{iso(at)[:-1]}.000Z" for at in (start - BEFORE_MS, end + AFTER_MS))
    arn = f"arn:{partition(source.region)}:logs:{source.region}:{source.account}:log-group:{group}"
    detail = (
        f"~(end~'{_starred(last)}~start~'{_starred(first)}~timeType~'ABSOLUTE~tz~'UTC"
        f"~editorString~'{_starred(query)}~source~(~'{_starred(arn)}))"
    )
    return f"{root}/cloudwatch/home?region={source.region}#logsV2:logs-insights?queryDetail={detail}"


def query_of(request: str, literal: str) -> str:
    """A query for the lines of one request, else for those with a text; all lines where neither is known."""
    text = request or literal
    lines = "fields @timestamp, @logStream, @message"
    if not text:
        return f"{lines} | sort @timestamp asc"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{lines} | filter @message like "{escaped}" | sort @timestamp asc'


def iso(at: int) -> str:
    """`2026-11-20T10:00:00Z`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _starred(text: str) -> str:
    """Percent encoding with stars for percent signs, which the console uses inside the fragment."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "*")
