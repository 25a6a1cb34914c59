"""What docs/error-logs.md says about reading, and what the agent does."""

from __future__ import annotations

from handlers.error_logs.query_text import MOST_CHARACTERS, MOST_ROWS
from handlers.error_logs.reading import MOST_READ
from tests.support import ROOT


def test_the_page_has_the_limits_of_reading() -> None:
    page = (ROOT / "docs/error-logs.md").read_text(encoding="utf-8")
    assert f"the first {MOST_CHARACTERS:,} characters of each: {MOST_ROWS:,} rows a query at most" in page
    assert f"({MOST_READ:,} in one run)" in page
