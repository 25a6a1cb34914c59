"""The role with which API Gateway writes logs: nobody's is replaced, and no stage is made without one."""

from __future__ import annotations

from typing import Any

import pytest

from generator.build import HUB_TEMPLATE
from generator.rollout.deploy.api_logs import conflict, has_stage
from tests.support import built, spec

OURS = "arn:aws:iam::111111111111:role/monitoring-api-account-role-prod"
SOMEBODYS = "arn:aws:iam::111111111111:role/logging/api-gateway"


def template(change: str) -> dict[str, Any]:
    return built(spec(change)).templates["prod"][HUB_TEMPLATE]


@pytest.mark.parametrize(
    ("account_role", "there", "owned", "said"),
    [
        ("true", "", frozenset(), ""),
        ("true", OURS, frozenset({"monitoring-api-account-role-prod"}), ""),
        # A stack that was deleted leaves the setting behind, and no role.
        ("true", OURS, frozenset(), ""),
        ("true", SOMEBODYS, frozenset(), f"API Gateway writes logs as {SOMEBODYS}"),
        ("false", SOMEBODYS, frozenset(), ""),
        ("false", "", frozenset(), "API Gateway has no role for logs"),
    ],
)
def test_what_is_in_the_way_of_the_apis_logs(account_role: str, there: str, owned: frozenset[str], said: str) -> None:
    hub = template(f"events: {{api: {{account_role: {account_role}}}}}")
    assert has_stage(hub)
    found = conflict(there, hub, owned)
    assert (found[0] if found else "").startswith(said)
    assert bool(found) == bool(said)


def test_without_an_api_nothing_is_asked() -> None:
    assert not has_stage(template("events: {api: false}"))
