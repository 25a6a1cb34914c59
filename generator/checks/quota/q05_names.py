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
    for thing in named(subject):
        if len(thing.longest) > thing.limit:
            message = f"{thing.kind} name `{_shown(thing)}` has {len(thing.longest)} characters of {thing.limit}"
            hint = f"shorten it by {len(thing.longest) - thing.limit}"
            yield Finding(CODE, message, thing.path, hint=hint, where=thing.resource.where)
        if thing.kind == _DASHBOARD and not _DASHBOARD_NAME.fullmatch(thing.longest):
            message = f"dashboard name `{_shown(thing)}` has characters that CloudWatch does not take"
            yield Finding(CODE, message, thing.path, hint="letters, digits, - and _", where=thing.resource.where)


def _shown(thing: Named) -> str:
    most = 100
    return thing.longest if len(thing.longest) <= most else f"{thing.longest[:most]}…"
