"""What links of the event store lead to, and its times in words; pure."""

from __future__ import annotations

from datetime import UTC, datetime

from handlers.common import console_links
from handlers.common.partitions import log_group_arn
from handlers.events.records import Source

# How much of the log a link shows around a moment, in milliseconds.
BEFORE_MS, AFTER_MS = 300_000, 300_000


def insights(source: Source, group: str, query: str, start: int, end: int) -> str:
    """A Logs Insights query over a log group of an account, readable from the hub; empty where there is no console."""
    if not group:
        return ""
    arn = log_group_arn(source.region, source.account, group)
    return console_links.insights(source.region, arn, query, start - BEFORE_MS, end + AFTER_MS)


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
