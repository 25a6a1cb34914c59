"""The deliveries that `obsgen redrive` lists beside the dead letters: notifications that were given up or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from generator.render.incident_data import lost_data
from generator.render.incident_words import lost_lines
from generator.rollout.operate.incident_state import LostDelivery
from generator.rollout.operate.incidents import TableNotDeployed
from generator.rollout.operate.redrive import HubQueues
from generator.wording import pluralize

SHOWN = 50


@dataclass(slots=True)
class UndeliveredNotifications:
    """Those of one environment. names: account ID to name. skipped: why they could not be read.

    retried, changed: how many are owed again, and how many changed between the listing and the retry.
    """

    hub: HubQueues
    names: Mapping[str, str]
    lost: tuple[LostDelivery, ...] = ()
    skipped: str = ""
    retried: int = 0
    changed: int = 0

    @property
    def remaining(self) -> int:
        """The number of deliveries that are still given up or refused."""
        return len(self.lost) - self.retried - self.changed

    def collect(self, channel: str | None, only: str | None) -> None:
        """Read them. A hub of an older version has none. Raises AwsError."""
        try:
            deliveries = self.hub.lost(channel)
        except TableNotDeployed as error:
            self.skipped = f"{error} ({error.hint})"
            return
        self.lost = tuple(delivery for delivery in deliveries if only is None or _fits(delivery, only))

    def lines(self) -> Iterator[str]:
        """The deliveries, oldest first."""
        if self.skipped:
            yield f"  deliveries given up or refused: skipped: {self.skipped}"
            return
        yield f"  deliveries given up or refused: {len(self.lost) or 'none'}"
        for delivery in self.lost[:SHOWN]:
            first, *more = lost_lines(delivery, self.names)
            yield f"    {first}"
            yield from (f"      {line}" for line in more)
        if len(self.lost) > SHOWN:
            yield f"    and {len(self.lost) - SHOWN} more"

    def put_back(self) -> Iterator[str]:
        """Retry the deliveries that were listed; yields a line for each. Raises AwsError."""
        for delivery, done in self.hub.put_back(self.lost):
            self.retried += done
            self.changed += not done
            alarm = delivery.incident.alarm if delivery.incident else delivery.delivery.incident
            yield f"{'owed again' if done else 'changed meanwhile'}  {delivery.delivery.channel}: {alarm}"

    def as_data(self) -> dict[str, Any]:
        """The deliveries for `--json`."""
        return {
            "environment": self.hub.queues.environment,
            "given_up_or_refused": [lost_data(delivery, self.names) for delivery in self.lost],
            "owed_again": self.retried,
            **({"not_looked_at": self.skipped} if self.skipped else {}),
        }


def _fits(lost: LostDelivery, pattern: str) -> bool:
    alarm = lost.incident.alarm if lost.incident else ""
    return fnmatchcase(alarm, pattern) or fnmatchcase(lost.delivery.incident, pattern)


def delivery_count(hubs: Sequence[UndeliveredNotifications]) -> str:
    """The number with its noun, such as `2 deliveries`."""
    number = sum(len(deliveries.lost) for deliveries in hubs)
    return pluralize(number, "delivery", "deliveries")
