"""H05: functions have 128 MB, and the incident function answers within three seconds.

Both are promises to the budget and to whoever waits for the incident; code that needs more has grown too large.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "H05"
NAME = "lambda-memory-128"
TITLE = "Every Lambda function has 128 MB; the incident function times out after 3 seconds."
WHY = (
    "128 MB is the least that Lambda has, and plenty for code that passes a message on. A short time-out keeps a slow"
    " service from holding the queue: the message comes back, and after three receives it waits with the dead"
    " letters. The language has no place for either; this rule guards the templates that obsgen itself makes. The"
    " sample workload is exempt: it plays somebody's real functions, which have 512 MB."
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
    """A finding for each function with other memory, and for an incident function with another time-out."""
    incidents = subject.estate.name(_INCIDENTS)
    for function in (function_ for function_ in subject.resources(_FUNCTION) if function_.path != _SAMPLES):
        name = function.properties.get("FunctionName", function.logical_id)
        expected = {"MemorySize": _MEMORY_MB}
        if name == incidents:
            expected["Timeout"] = _TIMEOUT_SECONDS
        for field, value in expected.items():
            actual = function.properties.get(field)
            if actual != value:
                message = f"{field} of function `{name}` is {actual if actual is not None else 'not set'}, not {value}"
                yield Finding(CODE, message, function.path, hint=f"{field}: {value}", where=function.where)
