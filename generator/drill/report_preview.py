"""Reports of sample data, in all their forms, made by the function's own code; see report_runner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.drill.package_run import answer_of

RUNNER = Path(__file__).with_name("report_runner.py")
# What the function's package has of the handlers.
FOLDERS = ("handlers/reports/", "handlers/events/", "handlers/common/")


def preview(handlers: Mapping[str, bytes], settings: Any, at: int) -> dict[str, str]:
    """File name to text. Raises PackageFailed.

    handlers: sources, path to content. settings: the parsed events.json. at: the end of the reports' periods, in
    milliseconds since 1970.
    """
    package = {path: code for path, code in handlers.items() if path.startswith(FOLDERS)}
    package["handlers/__init__.py"] = b""
    answer: dict[str, str] = answer_of(RUNNER, package, {"settings": settings, "at": at}, "the report function")
    return answer
