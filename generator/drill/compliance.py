"""The tags of instances, judged by the function's own code; see compliance_runner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.drill.package_run import answer_of

RUNNER = Path(__file__).with_name("compliance_runner.py")
# What the function's package has of the handlers.
FOLDERS = ("handlers/compliance/", "handlers/common/")


class CannotJudge(Exception):
    """The file is no output of describe-instances, or not all of it. hint: what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class WrongTag:
    """A tag whose value is not what it has to be, and why."""

    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An instance and the verdict on it. exempt: the reason why it is not checked; empty where it is."""

    instance: str
    name: str
    account: str
    region: str
    state: str
    compliant: bool
    exempt: str
    missing: tuple[str, ...]
    invalid: tuple[WrongTag, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The instances of a file. accounts: id to name. owners: the accounts that the file itself names.

    unknown_accounts: those that the spec does not name. gone: instances that are terminated or shutting down, which
    are not judged. doubles: entries for instances that came again later in the file.
    """

    environment: str
    rules_version: str
    accounts: Mapping[str, str]
    owners: tuple[str, ...]
    unknown_accounts: tuple[str, ...]
    gone: int
    doubles: int
    instances: tuple[Judged, ...]


def checked(
    handlers: Mapping[str, bytes], content: bytes, rules: Mapping[str, Any], account: str, today: str
) -> Checked:
    """The verdicts on a describe-instances file. Raises CannotJudge, PackageFailed.

    handlers: sources, path to content. rules: environment to its rules.json, parsed. account: the id whose rules
    hold; empty for the file's own. today: the day in UTC, such as `2026-11-29`.
    """
    package = {path: code for path, code in handlers.items() if path.startswith(FOLDERS)}
    package |= {"handlers/__init__.py": b"", "instances.json": content}
    request = {"rules": rules, "account": account, "today": today}
    data = answer_of(RUNNER, package, request, "the judge")
    if "error" in data:
        raise CannotJudge(data["error"], data["hint"])
    return Checked(**{**data, **_lists(data), "instances": tuple(map(_judged, data["instances"]))})


def _lists(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) for key, value in data.items() if isinstance(value, list)}


def _judged(data: Mapping[str, Any]) -> Judged:
    invalid = tuple(WrongTag(**entry) for entry in data["invalid"])
    return Judged(**{**data, **_lists(data), "invalid": invalid})
