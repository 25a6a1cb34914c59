"""Who hears about which alarm: the table that `obsgen build` puts into the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Routing:
    """The table, and the questions asked of it."""

    data: dict[str, Any]

    def severity(self, alarm: str, account: str) -> str | None:
        """The severity of an alarm in an account (by id); None for alarms that are not ours."""
        entry = self.data["alarms"].get(alarm)
        if entry is None:
            return None
        found: str = entry.get("severity_by_account", {}).get(account, entry["severity"])
        return found

    def channels(self, severity: str) -> list[str]:
        """The names of the channels that hear about a severity."""
        return list(self.data["routes"].get(severity, []))

    def of_type(self, names: list[str], kind: str) -> list[str]:
        """Those of the channels that are of one type."""
        return [name for name in names if self.data["channels"][name]["type"] == kind]

    def account(self, account: str) -> str:
        """The name people use for an account id; the id itself where it joined later."""
        return str(self.data["accounts"].get(account, account))

    def about(self, alarm: str) -> dict[str, str]:
        """Summary, runbook and owner, as far as they are given."""
        return {key: value for key, value in self.data["alarms"][alarm].items() if isinstance(value, str)}


def read_routing() -> Routing:
    """The table beside this file."""
    return Routing(json.loads((Path(__file__).parent / "routing.json").read_text(encoding="utf-8")))
