"""The names of error logs, event store, API and reports, for templates, manifest and packages."""

from __future__ import annotations

from collections.abc import Iterable

from generator.model.compliance_names import CHECKER
from generator.model.probes import RUNNER

# Kinds for `Estate.name`.
# In members: the agent; its queue and its schedule have the same name.
AGENT = "query-error-logs"
AGENT_DEAD_LETTERS = "query-error-logs-dead-letters"
# In the hub: functions, and the table and queue of the event store.
EVENTS_FUNCTION = "handle-monitoring-events"
REPORT_FUNCTION = "daily-report"
AGENTS_FUNCTION = "update-deployment"
API_FUNCTION = "monitoring-api"
EVENTS = "monitoring-events"
EVENTS_DEAD_LETTERS = "monitoring-events-dead-letters"
REPORTS_BUCKET = "monitoring-reports"
REPORT_DEAD_LETTERS = "daily-report-dead-letters"
AGENTS_DEAD_LETTERS = "update-deployment-dead-letters"
# The secret that signs the API's cursors.
CURSORS = "monitoring-api-cursors"
# Roles have their Region in the name; the environment follows it.
AGENT_ROLE = "query-error-logs-role"
# What agents put on the hub's bus.
AGENT_SOURCE = "obsgen.error-logs"
WINDOW, MONITORING_EVENT = "Error Log Window", "Monitoring Event"
AGENT_DETAIL_TYPES = (WINDOW, MONITORING_EVENT)
# What the hub's own functions put there: detail-type to check, as routing.json and the incident function name it.
HUB_SOURCE = "obsgen.events"
CHECKS = {
    "Log Error Finding": "log-error",
    "Lambda Error Finding": "lambda-error",
    "Task Failure Finding": "task-failure",
    "Service Health Finding": "service-health",
    "Error Spike Finding": "error-spike",
    "Agent Finding": "agent",
}
# Kind of generator.model.error_logs.KINDS to check.
CHECK_OF_KIND = {
    "log": "log-error",
    "lambda": "lambda-error",
    "task": "task-failure",
    "health": "service-health",
    "spike": "error-spike",
    "agent": "agent",
}
# Every function of ours that runs in a member or in a hub. What they write speaks of errors, and is none.
OWN_FUNCTIONS = (
    AGENT,
    EVENTS_FUNCTION,
    REPORT_FUNCTION,
    AGENTS_FUNCTION,
    API_FUNCTION,
    CHECKER,
    RUNNER,
    "jira-ticket-creator",
    "incident-notifier",
    "path-watcher",
)
RECENT_INDEX, DAY_INDEX, DUE_INDEX = "recent", "day", "due"
# Namespace of the metrics that this system publishes of itself, with the dimension Environment.
NAMESPACE = "Obsgen/MonitoringEvents"


def own_log_groups(environments: Iterable[str]) -> tuple[str, ...]:
    """The log groups of our own functions, of every environment: an agent that read them would find its own words."""
    return tuple(sorted(f"/aws/lambda/{name}-{environment}" for name in OWN_FUNCTIONS for environment in environments))


def api_log_group(environment: str) -> str:
    """The log group in which API Gateway writes who called the API."""
    return f"/aws/apigateway/{API_FUNCTION}-{environment}"
