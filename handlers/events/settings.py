"""What the hub knows of an environment: the table that `obsgen build` puts into the package as settings.json.

Durations are seconds in the file and milliseconds here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

VERSION = 1
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Who answers for an error whose log group, service and source path match the globs; an empty one always does."""

    owner: str
    log_group: str = ""
    service: str = ""
    source_path: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """accounts: id to name; accounts_closed: whether they are all. regions: those with agents; any where empty.

    every: the period of agents, and of their windows.

    learn: how long the errors of a new agent are recorded without notification. quiet_after: after so long without an
    occurrence an error is resolved. most_new: more new errors of one window are one summary. spike_factor, spike_floor:
    see spikes.py. severity: of each kind. alarms: name to what is known of an alarm. keep_days: of events and counts.
    """

    environment: str
    hub_account: str = ""
    hub_region: str = ""
    project: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    accounts_closed: bool = False
    regions: tuple[str, ...] = ()
    every: int = 300_000
    learn: int = 86_400_000
    quiet_after: int = 604_800_000
    most_new: int = 10
    spike_factor: float = 5
    spike_floor: int = 50
    keep_days: int = 90
    severity: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[OwnerRule, ...] = ()
    owner: str = ""
    runbook: str = ""
    alarms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def silent_after(self) -> int:
        """How long after its last window an agent is silent: two were missed, and a minute has passed."""
        return 2 * self.every + 60_000

    def is_notified(self, kind: str) -> bool:
        """Whether people hear of a kind at all; the severity `none` is recorded only."""
        return self.severity.get(kind) != "none"

    def account(self, account: str) -> str:
        """The name people use for an account; its id where it joined later."""
        return self.accounts.get(account, account)

    def owner_and_runbook(self, groups: tuple[str, ...], service: str, source_path: str) -> tuple[str, str]:
        """Owner and runbook of an error: those of the last rule that matches, else the usual ones."""
        for rule in reversed(self.owners):
            if _matches(rule, groups, service, source_path):
                return rule.owner or self.owner, rule.runbook or self.runbook
        return self.owner, self.runbook


def _matches(rule: OwnerRule, groups: tuple[str, ...], service: str, source_path: str) -> bool:
    in_group = not rule.log_group or any(fnmatchcase(group, rule.log_group) for group in groups)
    in_service = not rule.service or fnmatchcase(service, rule.service)
    return in_group and in_service and (not rule.source_path or fnmatchcase(source_path, rule.source_path))


def settings_of(data: Mapping[str, Any]) -> Settings:
    """From the parsed file. Raises ValueError where it is of another version."""
    if data.get("version") != VERSION:
        raise ValueError(f"settings.json has version {data.get('version')!r}, not {VERSION}; build again")
    hub, spike = data.get("hub", {}), data.get("spike", {})
    return Settings(
        environment=data["environment"],
        hub_account=hub.get("account", ""),
        hub_region=hub.get("region", ""),
        project=data.get("project", ""),
        accounts={id_: account.get("name", id_) for id_, account in data.get("accounts", {}).items()},
        accounts_closed=bool(data.get("accounts_closed")),
        regions=tuple(data.get("regions", ())),
        every=_ms(data, "every", 300),
        learn=_ms(data, "learn", DAY_S),
        quiet_after=_ms(data, "quiet_after", 7 * DAY_S),
        most_new=int(data.get("most_new", 10)),
        spike_factor=spike.get("factor", 5),
        spike_floor=int(spike.get("floor", 50)),
        keep_days=int(data.get("keep_days", 90)),
        severity=data.get("severity", {}),
        owners=tuple(OwnerRule(**_known(account)) for account in data.get("owners", ())),
        owner=data.get("owner", ""),
        runbook=data.get("runbook", ""),
        alarms=data.get("alarms", {}),
    )


@cache
def read_settings() -> Settings:
    """The table beside this file."""
    return settings_of(json.loads((Path(__file__).parent / "settings.json").read_text(encoding="utf-8")))


def _ms(data: Mapping[str, Any], name: str, usual: int) -> int:
    return round(1000 * float(data.get(name, usual)))


def _known(rule: Mapping[str, Any]) -> dict[str, str]:
    return {name: rule[name] for name in ("owner", "log_group", "service", "source_path", "runbook") if name in rule}
