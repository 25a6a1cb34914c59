"""Estates with tag compliance, for tests of what is made of it: the small spec's, with a policy laid over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.model.compliance import Compliance, Notify, OnChange, Scan, TagPolicy, TagRule
from generator.model.estate import Estate

PATH = ("compliance",)
USUAL = Compliance(
    policies=(TagPolicy(tuple(TagRule(key, (*PATH, "required_tags", key)) for key in ("Application", "Owner")), ()),),
    resources=("ec2:instance",),
    on_change=OnChange(("running",), 120, 600),
    scan=Scan("rate(1 day)", "UTC"),
    notify=Notify("each", "each", 10),
    severity="low",
    severity_by_account=(),
    retain_days=30,
    remediation=None,
    dashboard=True,
    path=PATH,
)


def checked(estate: Estate, **changes: Any) -> Estate:
    """The estate, with the usual compliance and changes to it."""
    return replace(estate, compliance=replace(USUAL, **changes))
