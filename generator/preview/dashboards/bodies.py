"""The bodies of a template's dashboards, with its functions worked out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.evaluate.template.intrinsic_values import Unknown
from generator.evaluate.template.intrinsics import TemplateScope
from generator.model.estate import Estate

_DASHBOARD = "AWS::CloudWatch::Dashboard"


def dashboard_bodies(template: Mapping[str, Any], estate: Estate) -> dict[str, Mapping[str, Any]]:
    """Bodies by the name of the dashboard in CloudWatch, as the template has them in the hub."""
    scope = TemplateScope(template, estate.hub.account, estate.hub.region)
    bodies: dict[str, Mapping[str, Any]] = {}
    for resource in scope.section("Resources").values():
        if not isinstance(resource, Mapping) or resource.get("Type") != _DASHBOARD:
            continue
        properties = resource.get("Properties", {})
        name, body = (scope.resolved(properties.get(key)) for key in ("DashboardName", "DashboardBody"))
        bodies[str(name)] = _body(body)
    return bodies


def _body(body: object) -> Mapping[str, Any]:
    """A body as data; one that is no JSON has no widgets."""
    if isinstance(body, Unknown) or not isinstance(body, str):
        return {"widgets": []}
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {"widgets": []}
    return data if isinstance(data, dict) else {"widgets": []}
