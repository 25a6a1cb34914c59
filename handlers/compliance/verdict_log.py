"""Verdicts in the function's log: one line for each verdict, and one for each tag that is missing.

The lines of missing tags are what the dashboard's Contributor Insights rule reads, by `missing_tag`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
"""

from __future__ import annotations

import logging
from typing import Literal

from handlers.compliance.observing import EvaluatedResource

logger = logging.getLogger(__name__)


def log_verdict(evaluated: EvaluatedResource, source: Literal["change", "scan"]) -> None:
    """Write the lines. Keys of tags are in them, and of values the owner's alone."""
    resource, verdict = evaluated.resource, evaluated.verdict
    context = {"resource": resource.id, "type": resource.type, "owner": evaluated.observation.body.get("owner", "")}
    extra = {
        **context,
        "result": str(evaluated.observation.status),
        "missing": list(verdict.missing),
        "invalid": [invalid.key for invalid in verdict.invalid],
        "exempt": verdict.exempt,
        "source": source,
    }
    logger.info("verdict", extra=extra)
    log_missing(evaluated)


def log_missing(evaluated: EvaluatedResource) -> None:
    """Write the lines of the missing tags alone, as a scan of many resources does."""
    resource = evaluated.resource
    owner = evaluated.observation.body.get("owner", "")
    for key in evaluated.verdict.missing:
        extra = {"missing_tag": key, "resource": resource.id, "type": resource.type, "owner": owner}
        logger.info("missing tag", extra=extra)
