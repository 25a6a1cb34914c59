"""import(build(spec)) equals build(spec): goldens of each kind here, all of them in `python -m bench.round_trip`."""

from __future__ import annotations

import pytest

from tests.round_trip import CASES, losses, round_trip

_ALARMS = (
    *(
        "all-accounts",
        "anomaly",
        "each-account",
        "expressions",
        "level-names",
        "logs",
        "metric-accounts",
        "opsitem",
        "own-names",
    ),
    *("per-account", "query", "states-of-actions", "unit"),
)
CHOSEN = (
    *(f"alarms/{name}" for name in _ALARMS),
    *("composites/at-least", "composites/in-the-hub", "placements/values", "services/pack", "maintenance/nightly"),
    *("slos/hub", "slos/latency", "application_signals/hub", "compliance/hub"),
    *("logs/encrypted", "logs/existing", "logs/own-key", "log_keys/both-sides"),
    *(f"dashboards/{name}" for name in ("adopted", "alarm-matrix", "annotated", "expressions", "raw")),
)


@pytest.mark.parametrize("case", CHOSEN)
def test_what_was_built_is_imported_and_built_again(case: str) -> None:
    assert case in CASES
    comparison = round_trip(case)
    assert losses(comparison) == {}
    assert len(comparison.of("equal")) >= 3
    # What obsgen had added to watch its own path is not imported: the new build has it by itself.
    assert comparison.own and comparison.own_before
