"""Every point at which something can go wrong, with its rate where it is on. A world has a random half of them on.

Rates are per occasion: a seam call, a message, a vendor's answer, a minute.
"""

from __future__ import annotations

RATES: dict[str, float] = {
    # The process, before a seam call takes effect or after it.
    "process.killed-before": 0.004,
    "process.killed-after": 0.004,
    # AWS APIs: answers that never come though the call took effect, throttling, conflicts of transactions.
    "aws.answer-lost": 0.01,
    "aws.throttled": 0.01,
    "aws.unreachable": 0.005,
    # A service that fails for half a minute.
    "aws.down": 0.004,
    "table.conflict": 0.03,
    "table.stale-read": 0.3,
    "table.unprocessed": 0.1,
    "table.index-lag": 0.3,
    # EventBridge and SQS deliver at least once, in no order.
    "bus.duplicate": 0.1,
    "bus.late": 0.1,
    "queue.duplicate": 0.05,
    "queue.late": 0.15,
    "queue.delete-lost": 0.03,
    "queue.receive-count-jump": 0.03,
    "queue.wake-up-lost": 0.3,
    # Lambda.
    "lambda.throttled": 0.02,
    "lambda.environment-recycled": 0.05,
    "lambda.clock-skew": 0.5,
    # Schedules.
    "schedule.late": 0.05,
    "schedule.twice": 0.03,
    "schedule.missing": 0.005,
    # Vendors.
    "vendor.429": 0.03,
    "vendor.5xx-before": 0.03,
    "vendor.5xx-after": 0.03,
    "vendor.answer-lost": 0.03,
    "vendor.late-effect": 0.03,
    "vendor.unreachable": 0.02,
    "vendor.slow": 0.05,
    "vendor.html": 0.01,
    "vendor.cut-json": 0.01,
    "vendor.redirect": 0.01,
    "jira.index-tail": 0.3,
}
# What only happens to an architecture with wake-up messages, scheduled ticks and an index; see system.py.
WAKE_UPS = frozenset({"queue.wake-up-lost", "schedule.late", "schedule.twice", "schedule.missing", "table.index-lag"})
TRANSACTIONS = frozenset({"table.conflict", "table.unprocessed", "table.stale-read"})
