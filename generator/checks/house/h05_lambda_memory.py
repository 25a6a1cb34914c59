"""H05: functions have 128 MB, and the incident function times out after 3 seconds.

Both bound the cost and the delay of a notification; code that needs more has grown too large.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "H05"
NAME = "lambda-memory-128"
TITLE = "Every Lambda function has 128 MB; the incident function times out after 3 seconds."
SUMMARY = "Lambda functions have 128 MB and short timeouts."
WHY = (
    "128 MB is Lambda's minimum, and enough for code that forwards messages. A short timeout keeps a slow service from"
    " blocking the queue: the message is received again, and after three receives it is moved to the dead-letter"
    " queue. The sample workload is exempt: it represents functions of users, which have 512 MB."
)
SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    IncidentFunction: {Properties: {MemorySize: 256}}
"""
_FUNCTION = "AWS::Lambda::Function"
_MEMORY_MB = 128
_INCIDENTS = "jira-ticket-creator"
_TIMEOUT_SECONDS = 3
_SAMPLES = ("sample_workload",)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each function with other memory, and for an incident function with another timeout."""
    incidents = subject.estate.name(_INCIDENTS)
    for function in (function_ for function_ in subject.resources(_FUNCTION) if function_.path != _SAMPLES):
        name = function.properties.get("FunctionName", function.logical_id)
        expected = {"MemorySize": _MEMORY_MB}
        if name == incidents:
            expected["Timeout"] = _TIMEOUT_SECONDS
        for field, value in expected.items():
            actual = function.properties.get(field)
            if actual != value:
                value_text = "no value" if actual is None else actual
                message = f"expected {field} {value} for function `{name}`, got {value_text}"
                yield Finding(CODE, message, function.path, hint=f"set {field}: {value}", where=function.where)
