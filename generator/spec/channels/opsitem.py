"""Systems Manager OpsCenter."""

from __future__ import annotations

from typing import Literal

from generator.spec.strict import Strict


class OpsItemChannel(Strict):
    """An OpsItem in the hub for each episode."""

    type: Literal["opsitem"]
