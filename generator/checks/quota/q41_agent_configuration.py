"""Q41: the agent's configuration fits into a standard parameter of Systems Manager."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding

CODE = "Q41"
NAME = "agent-configuration-size"
TITLE = "The configuration of the CloudWatch agent has at most 4,096 bytes."
WHY = (
    "A standard parameter of Systems Manager takes no more, and the member's stack rolls back. Larger ones cost by"
    " the parameter, the month and the reading."
)
SOURCE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
_MOST = 4096
_MANY = 30
BAD = (
    "log_groups:\n"
    + "".join(f'  service-{n}: {{name: "/shop/service-{n}/{{environment}}"}}\n' for n in range(1, _MANY + 1))
    + 'agent:\n  targets: {"tag:Monitored": "true"}\n  logs:\n'
    + "".join(f"    service-{n}: /var/log/service-{n}/*.log\n" for n in range(1, _MANY + 1))
)
GOOD = """\
agent:
  targets: {"tag:Monitored": "true"}
  logs: {application: /var/log/app/*.log}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for a configuration that is too long."""
    for parameter in (r for r in subject.resources("AWS::SSM::Parameter") if r.path[:1] == ("agent",)):
        size = len(str(parameter.properties.get("Value", "")).encode())
        what = f"the agent's configuration has {size:,} bytes"
        hint = "fewer files of their own: one log group takes the files of a folder"
        yield from check_quota(CODE, what, size, _MOST, parameter.path, hint, parameter.where)
