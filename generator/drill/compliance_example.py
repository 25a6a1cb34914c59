"""An example instance without its tags, and the findings that the checker's own code makes of it.

Judge, wording and what follows from an observation are the package's; see compliance_example_runner.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from generator.drill.machine import CannotDrill
from generator.drill.package_run import PackageFailed, answer_of
from generator.wording import format_utc

RUNNER = Path(__file__).with_name("compliance_example_runner.py")
INSTANCE, NAME = "i-0123456789abcdef0", "web-1"
# The source and detail type that the hub's rule matches.
SOURCE, DETAIL_TYPE = "obsgen.compliance", "Tag Compliance Finding"


@dataclass(frozen=True, slots=True)
class Findings:
    """Details of the events of one instance: without tags, with some, and with all of them; or `gone` in the end.

    gone: whether the instance is terminated instead, because no values are known that its rules take.
    """

    opened: Mapping[str, Any]
    changed: Mapping[str, Any]
    closed: Mapping[str, Any]
    gone: bool

    @property
    def subject(self) -> str:
        """`tag-compliance/i-0123456789abcdef0`, as the hub calls the incident."""
        return f"{self.opened['check']}/{self.opened['subject']}"


def findings(package: Mapping[str, bytes], account: str, region: str, at: datetime) -> Findings:
    """The findings of an example in that account. package: the checker's, path to content. Raises CannotDrill.

    at: the time of the first check; later checks are a minute apart.
    """
    instance = {
        "InstanceId": INSTANCE,
        "LaunchTime": at.astimezone(UTC).isoformat(),
        "Placement": {"AvailabilityZone": f"{region}a"},
        "State": {"Name": "running"},
        "VpcId": "vpc-0123456789abcdef0",
    }
    request = {
        "account": account,
        "region": region,
        "at": int(at.timestamp() * 1000),
        "instance": instance,
        "name": NAME,
    }
    try:
        answer = answer_of(RUNNER, package, request, "the checker")
    except PackageFailed as error:
        raise CannotDrill(str(error)) from None
    if "problem" in answer:
        raise CannotDrill(answer["problem"])
    return Findings(answer["opened"], answer["changed"], answer["closed"], answer["gone"])


def event_of(detail: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
    """As the hub's bus delivers it. region: the hub's, since that is where the checker puts it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": account,
        "time": format_utc(int(detail["at"])),
        "region": region,
        "resources": [],
        "detail": dict(detail),
    }
