"""Q05: names are no longer than AWS takes, and dashboards are named in the characters that CloudWatch takes.

Names are put together from keys, kinds, Regions and environments, so the one that was written can look short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.names import Named, named
from generator.findings import Finding

CODE = "Q05"
NAME = "name-lengths"
TITLE = "Names are no longer than their service takes."
WHY = (
    "A stack with one name too long fails half-way and rolls back. Alarms and dashboards take 255 characters, roles,"
    " event rules and functions 64, buckets 63, queues 80, event archives 48, Contributor Insights rules 128, topics"
    " and event buses 256, log groups 512, sampling rules and trace groups 32. Roles have the Region in their name; the"
    " longest Region in use counts. Mostly the language bounds keys and environments so that this cannot happen; the"
    " rule guards the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    Errors:
      Type: AWS::CloudWatch::Dashboard
      Properties: {DashboardName: shop.errors-prod}
      Metadata: {obsgen: {path: dashboards.errors}}
"""
_DASHBOARD = "dashboard"
_DASHBOARD_NAME = re.compile(r"[A-Za-z0-9_-]+")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each name that is too long, or that a dashboard cannot have."""
    for resource in named(subject):
        if len(resource.longest) > resource.limit:
            message = (
                f"{resource.kind} name `{_shown(resource)}` has {len(resource.longest)} characters of {resource.limit}"
            )
            hint = f"shorten it by {len(resource.longest) - resource.limit}"
            yield Finding(CODE, message, resource.path, hint=hint, where=resource.resource.where)
        if resource.kind == _DASHBOARD and not _DASHBOARD_NAME.fullmatch(resource.longest):
            message = f"dashboard name `{_shown(resource)}` has characters that CloudWatch does not take"
            yield Finding(CODE, message, resource.path, hint="letters, digits, - and _", where=resource.resource.where)


def _shown(resource: Named) -> str:
    most = 100
    return resource.longest if len(resource.longest) <= most else f"{resource.longest[:most]}…"
