"""Q10: a Region takes 100 Contributor Insights rules; a rule's body has at most 8,192 characters, all of them ASCII.

A rule over members names the log group of each account by ARN, so its body grows with every account.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Resource, Subject
from generator.checks.limits import check_quota
from generator.findings import Finding, Path

CODE = "Q10"
NAME = "contributor-insights-size"
TITLE = "A Region has at most 100 Contributor Insights rules, each of at most 8,192 ASCII characters."
WHY = (
    "CloudWatch refuses the rule, and the hub's stack rolls back. The quota of rules is one for everything in the"
    " hub's account and Region, other environments included; it can be raised by a request to AWS."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_RULES = 100
_BODY = 8192
_RULE = '{log_group: application, keys: ["$.caller"]}'
BAD = "contributor_insights:\n" + "".join(f"  callers-{n}: {_RULE}\n" for n in range(1, _RULES + 2))
GOOD = f"contributor_insights:\n  callers-1: {_RULE}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for too many rules, and for each body that is too long or not ASCII."""
    rules = [*subject.resources("AWS::CloudWatch::InsightRule")]
    what = f"{len(rules)} Contributor Insights rules in {subject.estate.hub.region}"
    path: Path = ("contributor_insights",)
    hint = "fewer rules: one with more keys often says the same"
    yield from check_quota(CODE, what, len(rules), _RULES, path, hint)
    for rule in rules:
        yield from _body(rule)


def _body(rule: Resource) -> Iterator[Finding]:
    name, body = rule.properties.get("RuleName", rule.logical_id), str(rule.properties.get("RuleBody", ""))
    what = f"the body of rule `{name}` has {len(body):,} characters"
    hint = "one log group in the hub instead of one in each account, or fewer filters"
    yield from check_quota(CODE, what, len(body), _BODY, rule.path, hint, rule.where)
    if not body.isascii():
        message = f"the body of rule `{name}` has characters beyond ASCII"
        yield Finding(CODE, message, rule.path, hint="write it with ASCII letters", where=rule.where)
