"""Verdicts in the function's log: one line for each verdict, and one for each tag that is missing.

The lines of missing tags are what the dashboard's Contributor Insights rule reads, by `missing_tag`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
"""

from __future__ import annotations

import logging
from typing import Literal

from handlers.compliance.observing import EvaluatedResource

logger = logging.getLogger(__name__)


def log_verdict(judged: EvaluatedResource, source: Literal["change", "scan"]) -> None:
    """Write the lines. Keys of tags are in them, and of values the owner's alone."""
    resource, verdict = judged.resource, judged.verdict
    about = {"resource": resource.id, "type": resource.type, "owner": judged.observation.body.get("owner", "")}
    extra = {
        **about,
        "result": str(judged.observation.status),
        "missing": list(verdict.missing),
        "invalid": [one.key for one in verdict.invalid],
        "exempt": verdict.exempt,
        "source": source,
    }
    logger.info("verdict", extra=extra)
    log_missing(judged)


def log_missing(judged: EvaluatedResource) -> None:
    """Write the lines of the missing tags alone, as a scan of many resources does."""
    resource = judged.resource
    owner = judged.observation.body.get("owner", "")
    for key in judged.verdict.missing:
        extra = {"missing_tag": key, "resource": resource.id, "type": resource.type, "owner": owner}
        logger.info("missing tag", extra=extra)
