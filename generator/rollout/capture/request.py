"""What a capture is asked for, and capture.json, which describes it to readers and to the run that continues it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.capture.parts import CAPTURE, EXTRA, FORMAT, PARTS
from generator.capture.series import BASIC
from generator.capture.times import format_s
from generator.capture.types import CapturedAccount, MetricDataWindow
from generator.reading import content

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MARGIN_MS = 2 * HOUR_MS
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: after 15 days, data is
# there by five minutes, after 63 by hours.
FINE_DAYS, MOST_DAYS = 15, 63
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
HISTORY_DAYS = 30
# Who owns a thing and what it belongs to; values of other tags may be anything, and are not captured.
TAGS = (
    "Name",
    "application",
    "component",
    "cost-center",
    "environment",
    "managed-by",
    "owner",
    "project",
    "service",
    "severity",
    "stage",
    "team",
    "tier",
)


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """environment, hub: None without an environment. data_days: of metric data; 0 for none.

    statistics: percentiles beside the basic ones. metrics: patterns of `namespace/name`. only: names of parts.
    extra: names of parts that are read only when they are asked for.
    linked: whether the hub's list of metrics has those of linked accounts.
    """

    environment: str | None
    hub: str | None
    accounts: tuple[CapturedAccount, ...]
    to_ms: int
    data_days: int = FINE_DAYS
    statistics: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    linked: bool = False
    extra: tuple[str, ...] = ()

    @property
    def from_ms(self) -> int:
        """The begin of histories."""
        return self.to_ms - HISTORY_DAYS * DAY_MS

    @property
    def window(self) -> MetricDataWindow | None:
        """The time of metric data: whole hours, so that values of any period up to an hour begin with it."""
        if not self.data_days or "metric-data" not in self.parts:
            return None
        to_ms = self.to_ms - self.to_ms % HOUR_MS
        fine_ms = to_ms - min(self.data_days, FINE_DAYS) * DAY_MS
        from_ms = to_ms - self.data_days * DAY_MS
        # What AWS drops after so many days may be asked for hours later than the capture began.
        fine_ms += MARGIN_MS if self.data_days >= FINE_DAYS else 0
        from_ms += MARGIN_MS if self.data_days >= MOST_DAYS else 0
        if self.data_days <= FINE_DAYS:
            from_ms = fine_ms
        return MetricDataWindow(from_ms, fine_ms, to_ms, tuple(sorted((*BASIC, *self.statistics))))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts to read."""
        chosen = {*self.only, *self.extra} if self.only else {*PARTS} - {*EXTRA} | {*self.extra}
        return tuple(name for name in PARTS if name in chosen)

    def kept_tags(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The tags that are captured: of the listed keys, in any case and with `_` for `-`, and obsgen's own."""
        keys = {_key(name) for name in (*TAGS, *self.tags)}
        return {key: value for key, value in sorted(tags.items()) if _key(key) in keys or key.startswith("obsgen:")}

    def description(self, *, complete: bool) -> bytes:
        """The content of capture.json."""
        window = self.window
        data = {
            "format": FORMAT,
            "complete": complete,
            "environment": self.environment,
            "hub": self.hub,
            "from": format_s(self.from_ms),
            "to": format_s(self.to_ms),
            "metric_data": window
            and {
                "days": self.data_days,
                "from": format_s(window.from_ms),
                "fine_from": format_s(window.fine_from_ms),
                "to": format_s(window.to_ms),
                "statistics": window.statistics,
                "metrics": sorted(self.metrics),
            },
            "tags": sorted((*TAGS, *self.tags)),
            "parts": list(self.parts),
            "accounts": [
                {"id": account.id, "name": account.name, "regions": sorted(account.regions)}
                for account in sorted(self.accounts, key=lambda account: account.id)
            ],
        }
        return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def read_description(folder: Path) -> dict[str, Any]:
    """The data of capture.json, which a reader has checked."""
    data: dict[str, Any] = json.loads(content(folder / CAPTURE))
    return data


def differences(before: Mapping[str, Any], request: CaptureRequest) -> list[str]:
    """The keys in which a folder's description differs from that of a request for the same time."""
    description = json.loads(request.description(complete=False))
    return sorted(key for key in {*before, *description} - {"complete"} if before.get(key) != description.get(key))


def _key(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")
