"""Addresses in CloudWatch's console; pure. Their form is the console's own; AWS documents none."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from handlers.common.partitions import console


def cloudwatch(region: str, page: str) -> str:
    """A page of CloudWatch in the console of the Region's partition; empty where no console can be reached."""
    root = console(region)
    return f"{root}/cloudwatch/home?region={region}#{page}" if root else ""


def insights(region: str, source: str, query: str, start: int, end: int) -> str:
    """A Logs Insights query from a time to a time, in milliseconds since 1970; empty as `cloudwatch`.

    source: a log group's ARN, or its name in the account that the reader is signed in to.
    """
    first, last = (f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%S}.000Z" for at in (start, end))
    detail = (
        f"~(end~'{_starred(last)}~start~'{_starred(first)}~timeType~'ABSOLUTE~tz~'UTC"
        f"~editorString~'{_starred(query)}~source~(~'{_starred(source)}))"
    )
    return cloudwatch(region, f"logsV2:logs-insights?queryDetail={detail}")


def _starred(text: str) -> str:
    """Percent encoding with stars for percent signs, which the console uses inside the fragment."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "*")
