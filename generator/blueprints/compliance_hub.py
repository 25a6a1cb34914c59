"""Findings of tag compliance in the hub: delivery to the incident queue, and a count by missing tag.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
"""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import GetAtt, Ref, events
from troposphere.cloudwatch import InsightRule

from generator.blueprints.admission import findings_from
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import target
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.log_group_arns import EVERY_ACCOUNT, over_members
from generator.blueprints.log_group_arns import KEY as LOG_GROUP_ARNS
from generator.model.compliance import Compliance
from generator.model.compliance_names import (
    DETAIL_TYPE,
    SOURCE,
    checked_accounts,
    checker_log_group,
    counts_missing_tags,
    missing_tags_rule,
)
from generator.model.estate import Estate

# The user does not write this rule and cannot shorten it: so it stays below the size that Q10 warns of.
_MOST_CHARACTERS = 6_500


def resources(estate: Estate) -> Iterator[Part]:
    """The rule for findings, and a Contributor Insights rule for missing tags if members share their logs."""
    compliance = estate.compliance
    if compliance is None:
        return
    yield events.Rule(
        "FindingRule",
        Name=estate.name("finding-rule"),
        Description="Findings of tag compliance to the incident queue",
        EventBusName=Ref("Bus"),
        EventPattern={"source": [SOURCE], "detail-type": [DETAIL_TYPE], **findings_from(estate)},
        Targets=[target("incident-queue", GetAtt("IncidentQueue", "Arn"), "EventDeadLetters")],
        Metadata=origin(compliance.path),
    )
    if counts_missing_tags(estate):
        yield _missing_tags(estate, compliance)


def _missing_tags(estate: Estate, compliance: Compliance) -> Part:
    """Resources by the tag that they miss, over the checkers' logs in the hub's Region: one line for each such tag."""
    group = checker_log_group(estate.environment)
    groups = [(account.id, group) for account in checked_accounts(estate)]
    if estate.organizational_units:
        groups = [(EVERY_ACCOUNT, group)]
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        LOG_GROUP_ARNS: [],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.missing_tag"],
            "Filters": [{"Match": "$.message", "In": ["missing tag"]}],
        },
        "AggregateOn": "Count",
    }
    return InsightRule(
        "ComplianceMissingTags",
        RuleName=missing_tags_rule(estate.environment),
        RuleState="ENABLED",
        RuleBody=over_members(rule, groups, estate.hub, _MOST_CHARACTERS),
        Metadata=origin(compliance.path),
    )


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate))
