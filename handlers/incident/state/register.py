"""The register of an alarm's contributors: which of them are in ALARM, and which of those have incidents of their own.

A register is a row beside the alarm's. It only says what cannot be seen from one contributor: whether there are others,
and how many. What a contributor's incident is follows from its own state changes, as an alarm's does.

Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from handlers.incident.events import Key

# CloudWatch has at most 500 series in an alarm, and 100 of them in ALARM; a row may have 400 KB.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
MOST_REGISTERED = 500


@dataclass(frozen=True, slots=True)
class Contributor:
    """One that is in ALARM since `at`, or was until `ended`; 0 for it still is. alone: whether its incident is its own,
    and not that of all further ones.
    """

    at: int
    alone: bool
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Register:
    """Of one alarm. contributors: by names in keys; of those that are OK the ones whose own incident may open again.
    emptied_at: when the last one was OK; 0 where none ever was in ALARM. version: under which it was read, 0 for not
    there.
    """

    key: Key
    contributors: Mapping[str, Contributor] = field(default_factory=dict)
    emptied_at: int = 0
    version: int = 0

    @property
    def in_alarm(self) -> tuple[str, ...]:
        """The names of those in ALARM."""
        return tuple(sorted(name for name, contributor in self.contributors.items() if not contributor.ended))

    def admitted(self, name: str, at: int, most: int, reopen_within: int) -> Register:
        """With one that is in ALARM since `at`. Whether it stands alone is decided once for as long as its incident may
        open again, reopen_within after its end; until then it keeps its place among the `most`.
        """
        known = self.contributors.get(name)
        if known and max(known.at, known.ended) >= at:
            return self
        remaining = {
            other: contributor
            for other, contributor in self.contributors.items()
            if other != name and (not contributor.ended or at - contributor.ended <= reopen_within)
        }
        if len(remaining) >= MOST_REGISTERED:
            return self
        stays = known and (not known.ended or at - known.ended <= reopen_within)
        alone = known.alone if known and stays else sum(other.alone for other in remaining.values()) < most
        return replace(self, contributors={**remaining, name: Contributor(at, alone)})

    def released(self, name: str, at: int) -> Register:
        """Without one that is OK since `at`; one that has been in ALARM later than that stays."""
        known = self.contributors.get(name)
        if known is None or known.ended or known.at > at:
            return self
        left = {other: contributor for other, contributor in self.contributors.items() if other != name}
        if known.alone:
            left[name] = replace(known, ended=at)
        register = replace(self, contributors=left)
        return register if register.in_alarm else replace(register, emptied_at=max(self.emptied_at, at))

    def stands_alone(self, name: str) -> bool:
        """Whether a contributor's incident is its own; one that is not registered is among the further ones."""
        return name in self.contributors and self.contributors[name].alone

    def since_before(self, at: int) -> tuple[str, ...]:
        """Those in ALARM since then or earlier, by name."""
        return tuple(name for name in self.in_alarm if self.contributors[name].at <= at)
