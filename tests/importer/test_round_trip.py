"""import(build(spec)) equals build(spec): some goldens of each kind here, all in `python -m bench.round_trip`."""

from __future__ import annotations

import re

import pytest

from tests.round_trip import CASES, losses, round_trip

CHOSEN = (
    *(
        f"alarms/{name}"
        for name in ("anomaly", "expressions", "logs", "level-names", "own-names", "per-account", "query")
    ),
    *("composites/at-least", "placements/values", "services/pack"),
)
# What an import cannot say in the language, and why. Everything else has to be equal.
LOSSES = {
    "alarms of the hub on metrics of members": r"Alarm .*: dropped: it watches metrics of other accounts: \d+",
    "their composites": r"CompositeAlarm .*: dropped: it names the alarm \S+ which is not among those",
    "a key of obsgen's own, for log groups": r"LogGroup .*: dropped: log groups of the language have no KmsKeyId",
    "an OpsItem in ALARM beside other actions": r"Alarm .*: dropped: it runs different actions in different states",
}


@pytest.mark.parametrize("case", CHOSEN)
def test_what_was_built_is_imported_and_built_again(case: str) -> None:
    assert case in CASES
    comparison = round_trip(case)
    unexpected = {
        name: why
        for name, why in losses(comparison).items()
        if not any(re.match(pattern, f"{name}: {why}") for pattern in LOSSES.values())
    }
    assert unexpected == {}
    assert len(comparison.of("equal")) >= 3
    # What obsgen had added to watch its own path is not imported: the new build has it by itself.
    assert comparison.own and comparison.own_before
