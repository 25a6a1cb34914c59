"""Changes of the account that an alarm of the hub is about: its routes, mutes and incidents follow that account."""

from __future__ import annotations

import json
from typing import Any

import yaml

from generator.render.alarm_changes import alarm_differences
from generator.render.estate_json import estate_json
from tests.support import built, laid_over, spec

ROUTES = """
access: {sharing: [metrics]}
channels: {ledger: {type: email, addresses: [ledger@example.com]}}
routes: {rules: [{when: {account: beta}, to: [ledger]}]}
alarms:
  lag:
    in: hub
    metric: {namespace: Shop, name: Lag, account: %s}
    statistic: Maximum
    threshold: "> 30"
    severity: high
"""
BOTH = """
alarms:
  lag:
    metric: null
    statistic: null
    expression: a + b
    metrics:
      a: {namespace: Shop, name: Lag, account: alpha, statistic: Maximum}
      b: {namespace: Shop, name: Lag, account: beta, statistic: Maximum}
"""


def _estate(text: str) -> Any:
    made = built(text)
    assert not [finding for finding in made.findings if finding.severity == "error"], made.findings
    return json.loads(estate_json(made.estates["prod"]))


def test_another_account_of_a_metric_calls_other_people() -> None:
    base = yaml.safe_load(spec(ROUTES % "alpha"))
    alpha, beta = _estate(spec(ROUTES % "alpha")), _estate(spec(ROUTES % "beta"))
    both = _estate(yaml.safe_dump(laid_over(base, yaml.safe_load(BOTH))))

    def said(before: Any, after: Any) -> list[str]:
        return [sentence for _, _, sentence in alarm_differences(before, after) if "about" in sentence]

    assert said(alpha, beta) == ["is about beta instead of alpha: high, notifies ledger (was: high, notifies mail)"]
    assert said(beta, both) == ["is about the hub instead of beta: high, notifies mail (was: high, notifies ledger)"]
    assert said(alpha, both) == ["is about the hub instead of alpha: high, notifies mail"]
    assert said(alpha, alpha) == []
