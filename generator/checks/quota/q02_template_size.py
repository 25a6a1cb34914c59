"""Q02: a template has at most 1,048,576 bytes.

Checks see templates as data, before they are written, so the size is that of their JSON: the YAML that is uploaded
is indented and in practice a little larger. What is too large here is too large there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.checks.check import Resource, Subject
from generator.checks.limits import WARN_PERCENT, check_quota
from generator.findings import Finding

CODE = "Q02"
NAME = "template-size"
TITLE = "A template has at most 1,048,576 bytes."
WHY = (
    "CloudFormation reads templates of up to one megabyte from S3, and the quota cannot be raised. The size is"
    " measured as JSON without line breaks, which is a lower bound in practice: the YAML in out/ is about a tenth"
    " larger, so the warning at 80 % deserves to be read."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LIMIT = 1_048_576
BAD = f"""\
dashboards:
  notes:
    widgets:
      - {{type: text, markdown: "{"x" * _LIMIT}"}}
"""
GOOD = """\
dashboards:
  notes:
    widgets:
      - {type: text, markdown: "Runbooks: https://runbooks.example.com"}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each template that is too large or nearly so; it names its largest resource."""
    for file, template in subject.rolled_out.items():
        size = _size(template)
        if size * 100 < _LIMIT * WARN_PERCENT:
            continue
        resources = (Resource(file, logical_id, body) for logical_id, body in template["Resources"].items())
        largest = max(resources, key=lambda resource: _size(resource.body), default=None)
        if largest is None:
            continue
        what = f"{file} has at least {size:,} bytes, {_size(largest.body):,} of them in {largest.logical_id}"
        hint = "shorten its texts, or draw and watch fewer things"
        yield from check_quota(CODE, what, size, _LIMIT, largest.path, hint, largest.where)


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
