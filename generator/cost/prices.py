"""AWS's list prices in USD, as data: each row with its date and AWS's page of it.

A row's date says when the figure was AWS's: when its price list was retrieved, or when its page was quoted. Rows that
are `read` were looked up on READ, in stored copies of the price list and of pages that quote it; the others are figures
that the project had before. No row has a free tier or a volume discount; of prices in tiers it is the first.
"""

from __future__ import annotations

from dataclasses import dataclass

READ = "2026-11-30"
BASE_REGION = "us-east-1"

_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_EVENTBRIDGE = "https://aws.amazon.com/eventbridge/pricing/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_PRIVATELINK = "https://aws.amazon.com/privatelink/pricing/"


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A row. as_of: a day, a month or a year, in ISO notation. read: whether it was looked up on READ."""

    item: str
    region: str
    usd: float
    as_of: str
    source: str
    read: bool = True


def _everywhere(item: str, usd: float, source: str) -> tuple[ListPrice, ...]:
    """The same in each of the three Regions whose prices are known."""
    return _by_region(item, (usd, usd, usd), source)


def _by_region(item: str, prices: tuple[float, float, float], source: str) -> tuple[ListPrice, ...]:
    us_east_1, eu_west_1, eu_central_1 = prices
    return (
        ListPrice(item, "us-east-1", us_east_1, "2025-10", source),
        ListPrice(item, "eu-west-1", eu_west_1, "2025-10", source, read=False),
        ListPrice(item, "eu-central-1", eu_central_1, "2025-10", source, read=False),
    )


LIST_PRICES: tuple[ListPrice, ...] = (
    *_everywhere("alarm-metric", 0.10, _CLOUDWATCH),
    *_everywhere("alarm-metric-high-resolution", 0.30, _CLOUDWATCH),
    ListPrice("alarm-query-metric", BASE_REGION, 0.10, "2025-10-28", _CLOUDWATCH),
    ListPrice("api-requests", BASE_REGION, 3.50, "2026", "https://aws.amazon.com/api-gateway/pricing/"),
    *_by_region("canary-run", (0.0012, 0.0014, 0.0016), _CLOUDWATCH),
    *_everywhere("composite-alarm", 0.50, _CLOUDWATCH),
    *_everywhere("custom-metric", 0.30, _CLOUDWATCH),
    *_everywhere("dashboard", 3.00, _CLOUDWATCH),
    ListPrice("endpoint-gb", BASE_REGION, 0.01, "2026-05", _PRIVATELINK),
    *_by_region("endpoint-hour", (0.010, 0.011, 0.012), _PRIVATELINK),
    ListPrice("event-archive-gb", BASE_REGION, 0.10, "2026-03-13", _EVENTBRIDGE),
    ListPrice("events", BASE_REGION, 1.00, "2026-03-13", _EVENTBRIDGE),
    ListPrice("firehose-gb", BASE_REGION, 0.029, "2026", "https://aws.amazon.com/firehose/pricing/", read=False),
    ListPrice("function-gb-second", BASE_REGION, 0.0000166667, "2025-10-28", _LAMBDA),
    ListPrice("function-gb-second-arm", BASE_REGION, 0.0000133334, "2025-10-28", _LAMBDA),
    ListPrice("function-requests", BASE_REGION, 0.20, "2025-10-28", _LAMBDA),
    ListPrice("insight-rule", BASE_REGION, 0.50, "2025-10-28", _CLOUDWATCH),
    ListPrice("insight-rule-events", BASE_REGION, 0.02, "2025-10-28", _CLOUDWATCH),
    *_everywhere("key", 1.00, _KMS),
    *_by_region("log-ingestion-gb", (0.50, 0.57, 0.63), _CLOUDWATCH),
    ListPrice("log-query-gb", BASE_REGION, 0.005, "2025-10-28", _CLOUDWATCH),
    ListPrice("log-storage-gb", BASE_REGION, 0.03, "2025-10-28", _CLOUDWATCH),
    ListPrice("object-storage-gb", BASE_REGION, 0.023, "2026", "https://aws.amazon.com/s3/pricing/", read=False),
    ListPrice("queue-requests", BASE_REGION, 0.40, "2026-03-14", "https://aws.amazon.com/sqs/pricing/"),
    ListPrice("scheduled-invocations", BASE_REGION, 1.00, "2026-03-13", _EVENTBRIDGE),
    ListPrice("secret", BASE_REGION, 0.40, "2026-10-06", "https://aws.amazon.com/secrets-manager/pricing/"),
    ListPrice("table-reads", BASE_REGION, 0.125, "2025-07", _DYNAMODB, read=False),
    ListPrice("table-storage-gb", BASE_REGION, 0.25, "2025-07", _DYNAMODB, read=False),
    ListPrice("table-writes", BASE_REGION, 0.625, "2025-07", _DYNAMODB, read=False),
    ListPrice("traces", BASE_REGION, 5.00, "2026", "https://aws.amazon.com/xray/pricing/"),
)
"""Sorted by item; the base Region is the first of each."""
