"""The agent's settings: settings.json beside this file, which `obsgen build` writes into the package.

`obsgen build` has checked what is in it; `parse` raises where somebody else wrote it (KeyError, TypeError, ValueError,
re.error).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from handlers.common.redact import Options
from handlers.error_logs.fingerprint import Rules


@dataclass(frozen=True, slots=True)
class Groups:
    """Which log groups are queried. prefixes, names, exclude (globs): of log groups.

    tags: a log group must have one of the values of each key; any value where there are none. functions, services: also
    those that Lambda functions and ECS services name. chunk: log groups in one query.
    """

    prefixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    functions: bool = True
    services: bool = True
    chunk: int = 10


@dataclass(frozen=True, slots=True)
class Ignore:
    """Redacted events that match `pattern` are no errors, in log groups that match the glob, until that day (UTC)."""

    pattern: re.Pattern[str]
    log_group: str = "*"
    until: date | None = None

    def holds(self, text: str, log_group: str, on: date) -> bool:
        """Whether an event is ignored on a day."""
        if self.until and on > self.until:
            return False
        return fnmatchcase(log_group, self.log_group) and self.pattern.search(text) is not None


@dataclass(frozen=True, slots=True)
class Settings:
    """version: 12 hex digits that change with settings and code. every, delivery_latency: seconds.

    query: commands of Logs Insights that choose lines. own_log_groups: names and globs that are never queried.
    tasks, deployments, health: what is looked for besides.
    """

    version: str
    environment: str
    hub_account: str
    hub_region: str
    query: str
    every: int
    delivery_latency: int
    groups: Groups
    own_log_groups: tuple[str, ...]
    concurrent_queries: int
    redact: Options
    rules: Rules
    ignore: tuple[Ignore, ...]
    tasks: bool
    deployments: bool
    health: bool


def parse(data: Mapping[str, Any], version: str = "") -> Settings:
    """The settings from the JSON of settings.json. version: see `Settings`."""
    redact = data.get("redact", {})
    optional = set(redact.get("optional", ()))
    own = tuple((pattern["name"], re.compile(pattern["pattern"])) for pattern in redact.get("patterns", ()))
    return Settings(
        version=version or str(data.get("version", "")),
        environment=str(data["environment"]),
        hub_account=str(data["hub"]["account"]),
        hub_region=str(data["hub"]["region"]),
        query=str(data["query"]),
        every=int(data["every"]),
        delivery_latency=int(data["delivery_latency"]),
        groups=_groups(data.get("groups", {})),
        own_log_groups=tuple(data.get("own_log_groups", ())),
        concurrent_queries=int(data.get("concurrent_queries", 4)),
        redact=Options("phone-number" in optional, "national-id" in optional, own),
        rules=Rules(tuple((pattern["name"], re.compile(pattern["pattern"])) for pattern in data.get("same", ()))),
        ignore=tuple(map(_ignore, data.get("ignore", ()))),
        tasks=bool(data.get("tasks", True)),
        deployments=bool(data.get("deployments", True)),
        health=bool(data.get("health", True)),
    )


def read_settings() -> Settings:
    """The settings beside this file. Their version changes with them and with the agent's code."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in (
        folder / "settings.json",
        *sorted(folder.glob("*.py")),
        *sorted((folder.parent / "common").rglob("*.py")),
    ):
        digest.update(path.read_bytes())
    return parse(json.loads((folder / "settings.json").read_bytes()), digest.hexdigest()[:12])


def _groups(data: Mapping[str, Any]) -> Groups:
    return Groups(
        prefixes=tuple(data.get("prefixes", ())),
        names=tuple(data.get("names", ())),
        exclude=tuple(data.get("exclude", ())),
        tags=tuple((key, tuple(values)) for key, values in data.get("tags", {}).items()),
        functions=bool(data.get("functions", True)),
        services=bool(data.get("services", True)),
        chunk=int(data.get("chunk", 10)),
    )


def _ignore(data: Mapping[str, Any]) -> Ignore:
    until = data.get("until")
    return Ignore(
        re.compile(data["pattern"]), data.get("log_group") or "*", date.fromisoformat(until) if until else None
    )
