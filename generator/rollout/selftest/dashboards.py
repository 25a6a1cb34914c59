"""Dashboards of experiments: whether PutDashboard accepts a body, and what it says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from generator.rollout.selftest.context import SelftestContext, is_judgement
from generator.rollout.selftest.types import CallRefused

ACTIONS, CREATES = ("cloudwatch:PutDashboard",), ("dashboard",)
MONTHLY_USD = 3.0


def widget(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A widget of a dashboard."""
    return {"type": kind, "x": 0, "y": 0, "width": 12, "height": 6, "properties": dict(properties)}


def create(context: SelftestContext, note: str, widgets: Sequence[Mapping[str, Any]], **body: Any) -> bool:
    """Put a dashboard and note what AWS says; whether it was accepted without a word. Raises CallRefused."""
    text = json.dumps({**body, "widgets": widgets})
    report: dict[str, Any]
    try:
        name = context.create("put_dashboard", f"{context.experiment.name}-{note}", DashboardBody=text)
        messages = context.answer.get("DashboardValidationMessages", [])
        report, is_silent = {"accepted": True, "name": name, "messages": messages}, not messages
    except CallRefused as error:
        if not is_judgement(error):
            raise
        report, is_silent = {"accepted": False, "code": error.code, "message": error.message}, False
    context.note(note, {**report, "widgets": widgets})
    return is_silent
