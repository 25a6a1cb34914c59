"""T19: a Contributor Insights rule names fields of its log format."""

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
SUMMARY = "A Contributor Insights rule names fields of its log format."
WHY = (
    "JSON fields are selectors such as $.status. CLF fields are positions with a name; a name such as $4 is read as"
    " text and matches nothing. A rule that matches nothing stays empty without an error."
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
    """A finding for each unknown field, and for settings that the log format does not support."""
    for insight in subject.estate.insights:
        yield from _fields(insight)
        yield from _sum(insight)
        group = subject.estate.log_group(insight.log_group)
        is_of_members = group is not None and group.side is Side.MEMBERS and depends_on_stack(group.name)
        if is_of_members and not subject.estate.accounts:
            message = (
                "the name of this log group differs between accounts, and the file lists only organizational units"
            )
            yield Finding(CODE, message, (*insight.path, "log_group"), hint="list the accounts")


def _fields(insight: Insight) -> Iterator[Finding]:
    field_names = {name for _, name in insight.fields}
    used = [(("keys", index), key) for index, key in enumerate(insight.keys)]
    used += [(("filters", index), condition.match) for index, condition in enumerate(insight.filters)]
    used += [(("value_of", 0), insight.value_of)] if insight.value_of else []
    for (section, index), field in used:
        path = (*insight.path, section) if section == "value_of" else (*insight.path, section, index)
        if insight.format == "JSON" and not field.startswith("$."):
            yield Finding(
                CODE, f"`{field}` is not a selector of a JSON field", path, hint=f"use $.{field.lstrip('$.')}"
            )
        if insight.format == "CLF" and field not in field_names:
            hint = f"use one of {', '.join(sorted(field_names))}" if field_names else "add fields: {clientIp: 1}"
            yield Finding(CODE, f"`{field}` is not defined under `fields`", path, hint=hint)
    if insight.format == "JSON" and insight.fields:
        yield Finding(CODE, "`fields` is supported for CLF only", (*insight.path, "fields"), hint="remove it")
    for position, name in insight.fields:
        if position < 1 or name.startswith("$"):
            path = (*insight.path, "fields", name)
            yield Finding(CODE, "expected a name and a position from 1", path, hint="use clientIp: 1")


def _sum(insight: Insight) -> Iterator[Finding]:
    if (insight.aggregate == "Sum") != bool(insight.value_of):
        message = "`aggregate: sum` and `value_of` require each other"
        hint = "add value_of, the field to add up" if insight.aggregate == "Sum" else "set aggregate: sum"
        yield Finding(CODE, message, insight.path, hint=hint, on="key")
