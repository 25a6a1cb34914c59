"""T25: a function outside a VPC cannot reach a channel with a private address."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T25"
NAME = "private-address"
TITLE = "The address of a channel can be reached from the Internet."
WHY = (
    "`private: true` allows an address in a private network. The incident function is in no VPC, so it reaches such an"
    " address only after you attach it to a VPC with a route to it, which this version does not support. Until then"
    " nothing is delivered on the channel, and notifications are given up after `retry_for`."
)
SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
BAD = """\
channels:
  tickets: {type: jira, url: "https://10.20.0.5", private: true, project: OPS, secret: shop/jira}
routes: {critical: [tickets, mail]}
"""
GOOD = """\
channels:
  tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira}
routes: {critical: [tickets, mail]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each channel that may have a private address."""
    for channel in subject.estate.channels:
        if channel.delivery.private:
            message = f"the incident function is in no VPC and cannot reach the private address of `{channel.name}`"
            hint = "use an address on the Internet, or attach the function to a VPC with a route to it"
            yield Finding(CODE, message, (*channel.path, "private"), Severity.WARNING, hint)
