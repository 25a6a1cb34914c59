"""The deliveries that `obsgen redrive` lists beside the dead letters: what channels were not sent in the end."""

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

SHOWN = 50


@dataclass(slots=True)
class UndeliveredNotifications:
    """Those of one environment. names: account id to name. unseen: why they could not be looked at."""

    hub: HubQueues
    names: Mapping[str, str]
    lost: tuple[LostDelivery, ...] = ()
    unseen: str = ""
    again: int = 0
    gone: int = 0

    @property
    def left(self) -> int:
        """How many are still given up or refused."""
        return len(self.lost) - self.again - self.gone

    def look(self, channel: str | None, only: str | None) -> None:
        """Find them. A hub of an older version has none. Raises Refused."""
        try:
            found = self.hub.lost(channel)
        except TableNotDeployed as error:
            self.unseen = f"{error} ({error.hint})"
            return
        self.lost = tuple(one for one in found if only is None or _fits(one, only))

    def lines(self) -> Iterator[str]:
        """What there is, oldest first."""
        if self.unseen:
            yield f"  deliveries given up or refused: not looked at: {self.unseen}"
            return
        yield f"  deliveries given up or refused: {len(self.lost) or 'none'}"
        for one in self.lost[:SHOWN]:
            first, *more = lost_lines(one, self.names)
            yield f"    {first}"
            yield from (f"      {line}" for line in more)
        if len(self.lost) > SHOWN:
            yield f"    and {len(self.lost) - SHOWN} more"

    def put_back(self) -> Iterator[str]:
        """Try again what was shown; a line for each. Raises Refused."""
        for one, done in self.hub.put_back(self.lost):
            self.again += done
            self.gone += not done
            alarm = one.incident.alarm if one.incident else one.delivery.incident
            yield f"{'owed again' if done else 'changed meanwhile'}  {one.delivery.channel}: {alarm}"

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "environment": self.hub.queues.environment,
            "given_up_or_refused": [lost_data(one, self.names) for one in self.lost],
            "owed_again": self.again,
            **({"not_looked_at": self.unseen} if self.unseen else {}),
        }


def _fits(lost: LostDelivery, pattern: str) -> bool:
    alarm = lost.incident.alarm if lost.incident else ""
    return fnmatchcase(alarm, pattern) or fnmatchcase(lost.delivery.incident, pattern)


def delivery_count(found: Sequence[UndeliveredNotifications]) -> str:
    """`2 deliveries`."""
    number = sum(len(one.lost) for one in found)
    return f"{number} deliver{'y' if number == 1 else 'ies'}"
