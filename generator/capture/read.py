"""Reading the description of a capture: which accounts and Regions it has, of what time, and what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.capture.capture import Capture, CapturedRegion
from generator.capture.errors import BadCapture, NoCapture
from generator.capture.lines import json_lines, parse, text_of
from generator.capture.parts import CAPTURE, FORMAT, PARTS, PROBLEMS
from generator.capture.series import MOST_VALUES
from generator.capture.times import parse_ms
from generator.capture.types import CapturedAccount, MetricDataWindow, Problem
from generator.reading import content, shown

# Ten thousand accounts with long names have some 2 MB.
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-\d{1,2}")
_MINUTE_MS = 60_000
_PROBLEM_KEYS = ("account", "region", "part", "call", "code", "message")


def read_capture(folder: Path) -> Capture:
    """A capture, complete or not. Raises BadCapture with every fault of its description."""
    path = folder / CAPTURE
    description = _description(path)
    faults: list[str] = []

    def checked(name: str, read: Any, otherwise: Any) -> Any:
        try:
            return read()
        except ValueError as error:
            faults.append(f"{shown(path)}: {name}: {error}")
            return otherwise

    if description.get("format") != FORMAT:
        raise BadCapture(
            [f"{shown(path)}: format {_brief(description.get('format'))}; this obsgen reads format {FORMAT}"]
        )
    accounts = checked("accounts", lambda: tuple(_accounts(description)), ())
    from_ms = checked("from", lambda: parse_ms(description.get("from")), 0)
    to_ms = checked("to", lambda: parse_ms(description.get("to")), 0)
    window = checked("metric_data", lambda: _window(description.get("metric_data")), None)
    environment = checked("environment", lambda: _text_or_none(description, "environment"), None)
    hub = checked("hub", lambda: _text_or_none(description, "hub"), None)
    if faults:
        raise BadCapture(faults)
    regions = tuple(
        CapturedRegion(account.id, account.name, region, folder / account.id / region)
        for account in accounts
        for region in account.regions
    )
    return Capture(
        folder,
        description.get("complete") is True,
        environment,
        hub,
        from_ms,
        to_ms,
        window,
        accounts,
        regions,
        _problems(folder / PROBLEMS),
    )


def _description(path: Path) -> Mapping[str, Any]:
    try:
        return parse(content(path))
    except FileNotFoundError:
        raise NoCapture([f"{shown(path)}: file not found; `obsgen capture` writes it"]) from None
    except NotADirectoryError:
        raise NoCapture([f"{shown(path.parent)} is not a folder"]) from None
    except OSError as error:
        raise BadCapture([f"{shown(path)}: {error.strerror or error}"]) from None
    except ValueError as error:
        raise BadCapture([f"{shown(path)}: {str(error).replace('the line', 'the file')}"]) from None


def _accounts(description: Mapping[str, Any]) -> Iterator[CapturedAccount]:
    accounts = description.get("accounts")
    if not isinstance(accounts, list):
        raise ValueError("expected a list")
    ids = set()
    for account in accounts:
        if not isinstance(account, dict):
            raise ValueError("expected objects")
        number, name, regions = text_of(account, "id"), text_of(account, "name"), account.get("regions")
        if not _ACCOUNT.fullmatch(number) or number in ids:
            raise ValueError(f"expected the ID of an account once, got `{_brief(number)}`")
        ids.add(number)
        if not isinstance(regions, list) or not all(
            isinstance(name, str) and _REGION.fullmatch(name) for name in regions
        ):
            raise ValueError(f"expected the regions of {number} to be a list of Regions")
        yield CapturedAccount(number, name, tuple(dict.fromkeys(regions)))


def _window(value: object) -> MetricDataWindow | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("expected an object or null")
    statistics = value.get("statistics")
    if not isinstance(statistics, list) or not all(isinstance(name, str) for name in statistics):
        raise ValueError("expected `statistics` to be a list of strings")
    from_ms, fine_from_ms, to_ms = (parse_ms(value.get(key)) for key in ("from", "fine_from", "to"))
    if not from_ms <= fine_from_ms <= to_ms:
        raise ValueError("expected `from`, `fine_from` and `to` in this order")
    if any(at % _MINUTE_MS for at in (from_ms, fine_from_ms, to_ms)):
        raise ValueError("expected whole minutes")
    if max((to_ms - fine_from_ms) // _MINUTE_MS, (fine_from_ms - from_ms) // (5 * _MINUTE_MS)) > MOST_VALUES:
        raise ValueError(f"expected at most {MOST_VALUES} values between `from` and `to`")
    return MetricDataWindow(from_ms, fine_from_ms, to_ms, tuple(statistics))


def _text_or_none(description: Mapping[str, Any], key: str) -> str | None:
    return None if description.get(key) is None else text_of(description, key)


def _problems(path: Path) -> tuple[Problem, ...]:
    problems, faults = [], []
    try:
        for line in json_lines(path):
            try:
                row = parse(line.text)
                problem = Problem(*(text_of(row, key) for key in _PROBLEM_KEYS))
                if problem.part not in (*PARTS, "all"):
                    raise ValueError(f"there is no part `{_brief(problem.part)}`")
                problems.append(problem)
            except ValueError as error:
                faults.append(f"{shown(path)}:{line.number}: {error}")
    except FileNotFoundError:
        return ()
    if faults:
        raise BadCapture(faults)
    return tuple(problems)


def _brief(value: object) -> str:
    return json.dumps(value)[:40] if not isinstance(value, str) else value[:40]
