"""What AWS bills, by the names that price tables use, with the unit of each price."""

from __future__ import annotations

from collections.abc import Mapping

# The month of AWS's pricing calculator. https://docs.aws.amazon.com/pricing-calculator/latest/userguide/
HOURS_A_MONTH = 730

ITEMS: Mapping[str, str] = {
    "alarm-metric": "metric of an alarm, a month",
    "alarm-metric-high-resolution": "metric of an alarm with a period under a minute, a month",
    "alarm-query-metric": "metric that the query of an alarm analyzes, a month",
    "api-requests": "million requests to a REST API",
    "canary-run": "run of a canary",
    "composite-alarm": "composite alarm, a month",
    "custom-metric": "metric, a month",
    "dashboard": "dashboard, a month",
    "endpoint-gb": "GB through an interface endpoint",
    "endpoint-hour": "hour of an interface endpoint in a zone",
    "event-archive-gb": "GB of events that an archive receives",
    "events": "million custom events and events between accounts",
    "firehose-gb": "GB that a delivery stream receives",
    "function-gb-second": "GB-second of a function on x86",
    "function-gb-second-arm": "GB-second of a function on Arm",
    "function-requests": "million invocations of functions",
    "insight-rule": "Contributor Insights rule, a month",
    "insight-rule-events": "million log events that match a Contributor Insights rule",
    "key": "customer managed key, a month",
    "log-alarm": "alarm on a log query, a month",
    "log-ingestion-gb": "GB of logs ingested",
    "log-query-gb": "GB that queries of Logs Insights read",
    "log-storage-gb": "GB of logs stored, a month",
    "mute-rule": "mute rule, a month",
    "object-storage-gb": "GB in a bucket, a month",
    "promql-alarm": "alarm on a PromQL query, a month",
    "queue-requests": "million requests to a queue",
    "scheduled-invocations": "million invocations by EventBridge Scheduler",
    "secret": "secret, a month",
    "service-level-objective": "service level objective of Application Signals, a month",
    "table-reads": "million read request units of a table on demand",
    "table-storage-gb": "GB in a table, a month",
    "table-writes": "million write request units of a table on demand",
    "traces": "million traces recorded",
}
"""Item to what one price is for. Some have no price in AWS's list, and may have one of the user's."""


def is_not_known(item: str) -> str:
    """The sentence for an item without a price."""
    unit = ITEMS[item].partition(",")[0]
    return f"the price of {'an' if unit[0] in 'aeiou' else 'a'} {unit} is not known"
