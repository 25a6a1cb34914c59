"""Burn-rate windows of the SRE workbook, https://sre.google/workbook/alerting-on-slos/, and their factors.

A long window shows that a burn matters, the short one of its pair that it still goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from generator.wording import duration_as_written

Speed = Literal["fast", "slow"]
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class BurnRateWindows:
    """A pair of windows in seconds. budget_percent: the part of the budget that may not burn within the long one.

    burn_rate: the factor itself, of a pair that is not the workbook's.
    """

    speed: Speed
    budget_percent: int
    long_s: int
    short_s: int
    burn_rate: Decimal | None = None

    def factor(self, window_s: int) -> Decimal:
        """The factor by which that burn is faster than the objective of a window allows.

        It is at least 1: a slower burn would not use up the budget.
        """
        if self.burn_rate is not None:
            return self.burn_rate
        return max(Decimal(1), Decimal(self.budget_percent) / 100 * window_s / self.long_s)

    def spent(self, window_s: int) -> str:
        """The part of the budget in words, such as `2 % in 1h`."""
        percent = self.factor(window_s) * self.long_s / window_s * 100
        return f"{float(percent):.3g} % in {duration_as_written(self.long_s)}"


BURN_RATE_WINDOWS = (
    BurnRateWindows("fast", budget_percent=2, long_s=_HOUR, short_s=5 * _MINUTE),
    BurnRateWindows("fast", budget_percent=5, long_s=6 * _HOUR, short_s=30 * _MINUTE),
    BurnRateWindows("slow", budget_percent=10, long_s=_DAY, short_s=2 * _HOUR),
    BurnRateWindows("slow", budget_percent=10, long_s=3 * _DAY, short_s=6 * _HOUR),
)
