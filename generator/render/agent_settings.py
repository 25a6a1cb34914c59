"""What an agent has to know: shipped inside its package as settings.json, which handlers/error_logs/settings.py reads.

The same bytes in every account and Region of an environment: what differs from account to account the agent finds out.
"""

from __future__ import annotations

from typing import Any

from generator.model.error_log_names import own_log_groups
from generator.model.error_logs import ErrorLogs, IgnoreRule, LogGroupSelection
from generator.model.estate import Estate
from generator.render.json_rows import json_rows
from generator.render.settings_entries import set_fields

AGENT_SETTINGS = "handlers/error_logs/settings.json"
SETTINGS_VERSION = 1
# Of the rules that make one error of lines; stands in each fingerprint, as handlers/error_logs/fingerprint.py has it.
ALGORITHM = 1


def agent_settings_json(estate: Estate) -> bytes:
    """The settings of an environment's agents. Raises ValueError where it has none."""
    if estate.error_logs is None:
        raise ValueError(f"{estate.environment} has no agents")
    return json_rows(_data(estate.error_logs, estate)).encode()


def _data(errors: ErrorLogs, estate: Estate) -> dict[str, Any]:
    audited = (estate.audit.log_group,) if estate.audit else ()
    return {
        "version": SETTINGS_VERSION,
        "environment": estate.environment,
        "hub": {"account": estate.hub.account, "region": estate.hub.region},
        "query": errors.query,
        "every": errors.every,
        "delivery_latency": errors.delivery_latency,
        "groups": _groups(errors.groups),
        "own_log_groups": sorted({*own_log_groups(estate.environments), *audited}),
        "concurrent_queries": errors.concurrent_queries,
        "redact": {
            "optional": list(errors.redact_optional),
            "patterns": [{"name": pattern.name, "pattern": pattern.pattern} for pattern in errors.redact_patterns],
        },
        "same": [{"name": rule.name, "pattern": rule.pattern} for rule in errors.same],
        "ignore": [_ignore(rule) for rule in errors.ignore],
        "tasks": errors.tasks,
        "deployments": errors.deployments,
        "health": errors.health,
        "algorithm": ALGORITHM,
    }


def _groups(groups: LogGroupSelection) -> dict[str, Any]:
    return {
        "prefixes": list(groups.prefixes),
        "names": list(groups.names),
        "exclude": list(groups.exclude),
        "tags": {key: list(values) for key, values in groups.tags},
        "functions": groups.functions,
        "services": groups.services,
        "chunk": groups.chunk,
    }


def _ignore(rule: IgnoreRule) -> dict[str, Any]:
    until = rule.until.isoformat() if rule.until else ""
    return {
        "pattern": rule.pattern,
        "log_group": rule.log_group or "*",
        "reason": rule.reason,
        **set_fields(until=until),
    }
