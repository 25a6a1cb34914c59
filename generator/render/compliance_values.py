"""Values of tags, times and percentages in each form of the compliance report; pure.

Tags are untrusted text: every principal that may tag an instance can write into the report.
"""

from __future__ import annotations

from datetime import UTC, datetime

from generator.render.incident_words import age
from generator.rollout.operate.compliance_state import Counts, OpenResource

NO_OWNER = "(no owner)"
BARS = "▁▂▃▄▅▆▇█"
# The characters that begin a formula in a spreadsheet, in half and full width, and those that it skips before one.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001


def day_and_time(at: int) -> str:
    """Day and time, such as `2026-11-20 10:04 UTC`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def time_ago(at: int, now: int) -> str:
    """`2 h 10 min ago`; `never`, where there was none."""
    return f"{age(now - at)} ago" if at else "never"


def percent(counts: Counts) -> str:
    """`97.1 %`, or a dash where nothing was checked."""
    return "–" if counts.percent is None else f"{counts.percent:.1f} %"  # noqa: RUF001


def number(value: int) -> str:
    """A number with separators, such as `1,204`."""
    return f"{value:,}"


def cell(text: str) -> str:
    """As a spreadsheet shows it, and never computes it: an apostrophe before what looks like a formula."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return f"'{line}" if line.lstrip().startswith(_FORMULA) else line


def wrong_values(resource: OpenResource) -> list[str]:
    """``Environment `live` is not one of dev, staging, prod``, for each tag with a wrong value."""
    return [
        f"{value.key}{f' `{value.value}`' if value.value.strip() else ''} {value.why}" for value in resource.invalid
    ]


def title_of(resource: OpenResource) -> str:
    """ID and name of a resource: `i-0abc (web-1)`."""
    return f"{resource.id} ({resource.name})" if resource.name and resource.name != resource.id else resource.id


def sparkline(values: list[int]) -> str:
    """A bar for each value, from the least to the greatest; all equal ones are of the same, low height."""
    least, most = min(values, default=0), max(values, default=0)
    if most == least:
        return BARS[0 if not most else 3] * len(values)
    return "".join(BARS[(value - least) * (len(BARS) - 1) // (most - least)] for value in values)
