"""T19: a Contributor Insights rule names fields that are there."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.accounts import Side
from generator.model.logs import Insight
from generator.model.stack_values import depends_on_stack

CODE = "T19"
NAME = "insight-rules"
TITLE = "A Contributor Insights rule names its fields as its log format has them."
WHY = (
    "JSON fields are selectors such as $.status. CLF fields are positions with a name; a name such as $4 is"
    " taken as text and finds nothing. A rule that finds nothing stays empty without a word."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html"
BAD = """\
contributor_insights:
  throttled: {log_group: application, format: clf, fields: {clientIp: 1}, keys: ["$1"]}
"""
GOOD = """\
contributor_insights:
  throttled: {log_group: application, format: clf, fields: {clientIp: 1}, keys: [clientIp]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each field that is not one, and for what a rule of its kind cannot have."""
    for insight in subject.estate.insights:
        yield from _fields(insight)
        yield from _sum(insight)
        group = subject.estate.log_group(insight.log_group)
        is_of_members = group is not None and group.side is Side.MEMBERS and depends_on_stack(group.name)
        if is_of_members and not subject.estate.accounts:
            message = "this log group has another name in each account, and only units are given"
            yield Finding(CODE, message, (*insight.path, "log_group"), hint="name the accounts")


def _fields(insight: Insight) -> Iterator[Finding]:
    field_names = {name for _, name in insight.fields}
    used = [(("keys", index), key) for index, key in enumerate(insight.keys)]
    used += [(("filters", index), condition.match) for index, condition in enumerate(insight.filters)]
    used += [(("value_of", 0), insight.value_of)] if insight.value_of else []
    for (section, index), field in used:
        path = (*insight.path, section) if section == "value_of" else (*insight.path, section, index)
        if insight.format == "JSON" and not field.startswith("$."):
            yield Finding(CODE, f"`{field}` is no selector of a JSON field", path, hint=f"$.{field.lstrip('$.')}")
        if insight.format == "CLF" and field not in field_names:
            hint = f"one of {', '.join(sorted(field_names))}" if field_names else "fields: {clientIp: 1}"
            yield Finding(CODE, f"`{field}` is not named under fields", path, hint=hint)
    if insight.format == "JSON" and insight.fields:
        yield Finding(CODE, "`fields` is for CLF", (*insight.path, "fields"), hint="leave it out")
    for position, name in insight.fields:
        if position < 1 or name.startswith("$"):
            path = (*insight.path, "fields", name)
            yield Finding(CODE, "a field is a name and a position from 1", path, hint="clientIp: 1")


def _sum(insight: Insight) -> Iterator[Finding]:
    if (insight.aggregate == "Sum") != bool(insight.value_of):
        message = "aggregate: sum and value_of go together"
        hint = "add value_of, the field to add up" if insight.aggregate == "Sum" else "aggregate: sum"
        yield Finding(CODE, message, insight.path, hint=hint, on="key")
