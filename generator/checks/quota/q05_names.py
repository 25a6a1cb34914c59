"""Q05: names are no longer than their service allows, and dashboard names have only the allowed characters.

Names are composed of keys, resource types, Regions and environments, so a short key can become a long name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.names import Named, named
from generator.findings import Finding

CODE = "Q05"
NAME = "name-lengths"
TITLE = "Names are no longer than their service allows."
WHY = (
    "A stack with one name that is too long fails during creation and rolls back. The limits are 255 characters for"
    " alarms and dashboards, 64 for roles, event rules and functions, 63 for buckets, 80 for queues, 48 for event"
    " archives, 128 for Contributor Insights rules, 256 for topics and event buses, 512 for log groups, and 32 for"
    " sampling rules and trace groups. Role names contain the Region; the longest Region in use counts. The language"
    " limits keys and environments, so that names rarely become too long."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html"
INSTEAD = "Use a shorter key or a shorter name for the environment."
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
    """A finding for each name that is too long, and for dashboard names with invalid characters."""
    for resource in named(subject):
        if len(resource.longest) > resource.limit:
            length = f"{len(resource.longest)} characters; the AWS limit is {resource.limit}"
            message = f"{resource.kind} name `{_clipped(resource)}` has {length}"
            hint = f"shorten it by {len(resource.longest) - resource.limit}"
            yield Finding(CODE, message, resource.path, hint=hint, where=resource.resource.where)
        if resource.kind == _DASHBOARD and not _DASHBOARD_NAME.fullmatch(resource.longest):
            message = f"dashboard name `{_clipped(resource)}` has characters that CloudWatch does not allow"
            yield Finding(
                CODE, message, resource.path, hint="use letters, digits, - and _", where=resource.resource.where
            )


def _clipped(resource: Named) -> str:
    most = 100
    return resource.longest if len(resource.longest) <= most else f"{resource.longest[:most]}…"
