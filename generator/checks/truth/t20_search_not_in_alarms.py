"""T20: no alarm searches."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T20"
NAME = "search-not-in-alarms"
TITLE = "No alarm has a SEARCH expression."
WHY = (
    "SEARCH gives any number of series, and an alarm looks at one; CloudWatch refuses it. The language has no"
    " way to write this; the rule guards the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    Search:
      Type: AWS::CloudWatch::Alarm
      Properties: {Metrics: [{Id: e1, Expression: "SUM(SEARCH('{AWS/EC2} x', 'Sum'))"}]}
      Metadata: {obsgen: {path: alarms.search}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm whose expressions search."""
    for alarm in subject.resources("AWS::CloudWatch::Alarm"):
        for query in alarm.properties.get("Metrics", []):
            if "SEARCH(" in str(query.get("Expression", "")).upper():
                message = "an alarm cannot use SEARCH"
                yield Finding(CODE, message, alarm.path, hint="name the metrics", where=alarm.where)
