"""What the checker asks of the world around it, apart from its memory (`ledger.py`).

Every method may raise, before or after it has had its effect; whatever calls it has to bear being called again.
`aws_outputs.py` and `aws_resources.py` are these in AWS. Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from handlers.compliance.ledger import Ledger
from handlers.compliance.resource import Resource
from handlers.compliance.rules import Rules
from handlers.compliance.verdict import Verdict

if TYPE_CHECKING:
    from handlers.compliance.aws_remedy import RemediationResult

NAMESPACE = "TagCompliance"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
LONGEST_DELAY_S = 900
COMPLIANT, NON_COMPLIANT = "CompliantInstances", "NonCompliantInstances"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric in NAMESPACE; a count."""

    name: str
    value: float
    at: int
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Some resources of a type. next: the token of the next page; empty at the end."""

    resources: Sequence[Resource]
    next: str = ""


class Resources(Protocol):
    """What there is in this account and Region."""

    def page(self, type_: str, token: str) -> ResourcePage:
        """A page of all resources of a type; token: empty for the first. No terminated instance is among them.

        Raises TokenExpired.
        """

    def find(self, type_: str, ids: Sequence[str]) -> list[Resource]:
        """Those of the ids that there are, in any order. Raises Unsupported where the type cannot be asked by id."""


class TokenExpired(Exception):
    """The service no longer takes the token of a page; the listing has to begin again."""


class Unsupported(Exception):
    """No resource of this type can be asked for by its id."""


class Records(Protocol):
    """The audit trail."""

    def put(self, key: str, body: str) -> None:
        """Write one object, in place of one with the same key."""


class Metrics(Protocol):
    """Data points."""

    def put(self, points: Sequence[Point]) -> None:
        """Any number of points."""


class Findings(Protocol):
    """The way to people."""

    def send(self, details: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Send any number of finding events; for each whether it was taken. Raises only where none may have been."""


class Messages(Protocol):
    """The checker's own queue."""

    def send(self, message: Mapping[str, Any], delay_s: int = 0) -> None:
        """To itself, not before so many seconds, LONGEST_DELAY_S at most."""


class Remediation(Protocol):
    """Sets default tags where they are missing; see aws_remedy.Remediator."""

    def remediate(self, evaluated: Sequence[tuple[Resource, Verdict]]) -> Sequence[RemediationResult]:
        """All resources, in their order, with what was set, or would be in a dry run. Raises nothing of AWS's."""


class PostponedMessage(Exception):
    """What a message asks for is not there yet; it comes again some times, and then no more: nobody waits for it."""


class Trail(Protocol):
    """Who called what, as the account's event history has it."""

    def launcher(self, instance: str) -> str:
        """Who launched an instance, and when, for people; empty where that is not known, or not yet."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything around one checker. rules: see rules.py. now: the time, milliseconds since 1970.

    remediation: of this invocation; None where the rules have none. trail: None where nobody is to hear who launched an
    instance.
    """

    account: str
    region: str
    environment: str
    rules: Rules
    now: Callable[[], int]
    ledger: Ledger
    resources: Resources
    records: Records
    metrics: Metrics
    findings: Findings
    messages: Messages
    remediation: Remediation | None = None
    trail: Trail | None = None
