"""What an experiment can do: create, change and read, wait, and note what it saw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from generator.aws.regions import partition_of
from generator.rollout.selftest import permissions
from generator.rollout.selftest.calls import GuardedCalls
from generator.rollout.selftest.kinds import KINDS, TAG, prefix_of, tag_parameter
from generator.rollout.selftest.pseudonyms import Pseudonyms
from generator.rollout.selftest.state import RunState
from generator.rollout.selftest.types import (
    DIFFERS,
    EXPECTED,
    MINUTE_S,
    CallRefused,
    Experiment,
    NotTried,
    SelftestResource,
    Verdict,
)

T = TypeVar("T")
POLL_S = 20.0
MOST_NOTE = 20_000
# Codes with which the services refuse what they were sent. Others are about permissions, limits, the Region or AWS.
_JUDGEMENT = re.compile(
    r"(?:Dashboard)?Invalid(?:Argument|Attribute|Event|Format|Input|Parameter|Query|Request)\w*"
    r"|Malformed\w*|Missing(?:Required)?Parameter\w*|Validation\w*"
)
# Some services refuse a caller, a role that is too new or a feature that a Region lacks with the same codes.
_NO_JUDGEMENT = re.compile(
    r"(?i)not authori[sz]ed|access ?denied|not permitted|permission|\bassume|throttl|rate exceeded|too many|quota"
    r"|limit exceeded|try again|in this region|not (?:yet )?available|enum value set|not enabled for"
)


@dataclass
class SelftestContext:
    """One experiment of a run. answer: to the last call that created something."""

    experiment: Experiment
    calls: GuardedCalls
    state: RunState
    pseudonyms: Pseudonyms
    observations: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict = EXPECTED
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The beginning of every name of the experiment."""
        return self.calls.prefix

    @property
    def now(self) -> datetime:
        """AWS's time, without milliseconds."""
        return datetime.fromtimestamp(self.calls.aws.now_ms() // 1000, UTC)

    def name(self, suffix: str) -> str:
        """A name of the run."""
        return f"{self.prefix}{suffix}"

    def arn(self, kind: str, name: str, account: str = "") -> str:
        """The ARN of a resource."""
        form = KINDS[kind].arn.format(region=self.calls.region, account=account or self.state.account, name=name)
        return f"arn:{partition_of(self.calls.region)}:{form}"

    def create(self, operation: str, suffix: str, **params: Any) -> str:
        """Create a resource with the tag; its name. The state file has it first. Raises CallRefused."""
        kind = next(key for key, kind in KINDS.items() if operation in kind.create)
        name, of_kind = f"{prefix_of(kind, self.prefix, self.calls.region)}{suffix}", KINDS[kind]
        resource = SelftestResource(self.experiment.name, kind, name)
        self.state.will_create(resource)
        parameters = {of_kind.create[operation]: name, **tag_parameter(of_kind.tags, self.state.run), **params}
        try:
            self.answer = self.calls(of_kind.service, operation, **parameters)
        except CallRefused as error:
            if error.changed_nothing:
                self.state.is_deleted(resource)
            raise
        return name

    def create_detector(self, suffix: str, metric: str, statistic: str) -> None:
        """Create an anomaly detector of a metric in a namespace of the run. Raises CallRefused."""
        namespace = self.name(suffix)
        self.state.will_create(SelftestResource(self.experiment.name, "anomaly detector", namespace))
        detector = {"Namespace": namespace, "MetricName": metric, "Stat": statistic}
        self.calls("cloudwatch", "put_anomaly_detector", SingleMetricAnomalyDetector=detector)

    def attempt(self, note: str, operation: str, suffix: str, **params: Any) -> bool:
        """Create a resource and note whether AWS accepted it. Raises CallRefused where it did not judge it."""
        try:
            name = self.create(operation, suffix, **params)
        except CallRefused as error:
            if not is_judgement(error):
                raise
            self.note(note, {"accepted": False, "code": error.code, "message": error.message})
            return False
        self.note(note, {"accepted": True, "name": name})
        return True

    def judged(self, note: str, make: Callable[[], T]) -> T | None:
        """What calls give; None after a note where AWS refused what it was sent. Raises CallRefused otherwise."""
        try:
            return make()
        except CallRefused as error:
            if not is_judgement(error):
                raise
            self.note(note, {"accepted": False, "code": error.code, "message": error.message})
            self.expect(False)
            return None

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """An answer. Raises CallRefused."""
        return self.calls(service, operation, **params)

    def note(self, key: str, value: Any) -> None:
        """Note what AWS answered; the beginning of what is too long to be sent."""
        clean = self.pseudonyms.clean(value)
        text = json.dumps(clean, ensure_ascii=False)
        self.observations[key] = clean if len(text) <= MOST_NOTE else f"{text[:MOST_NOTE]}…"

    def expect(self, is_expected: bool) -> None:
        """Note whether AWS did what obsgen relies on. Once it differs, it differs."""
        if not is_expected:
            self.verdict = DIFFERS

    def require(self, is_there: object, otherwise: str) -> None:
        """Raise NotTried if something is not there without which AWS's answer says nothing."""
        if not is_there:
            raise NotTried(otherwise)

    def wait_for(self, is_done: Callable[[], bool], minutes: float) -> Generator[float, None, bool]:
        """Wait until it is done; False after so many minutes."""
        until_ms = self.calls.aws.now_ms() + minutes * MINUTE_S * 1000
        while not is_done():
            if self.calls.aws.now_ms() >= until_ms:
                return False
            yield POLL_S
        return True

    def role(self, suffix: str, service: str, actions: list[str], resources: list[str]) -> str:
        """The ARN of a role that a service may assume, for some resources."""
        own = {"StringEquals": {"aws:SourceAccount": self.state.account}}
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": own}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        boundary = permissions.boundary(partition_of(self.calls.region))
        path = f"/{TAG}/"
        name = self.create(
            "create_role", suffix, Path=path, AssumeRolePolicyDocument=document, PermissionsBoundary=boundary
        )
        allowed = {"Effect": "Allow", "Action": actions, "Resource": resources}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self.call("iam", "put_role_policy", RoleName=name, PolicyName="query", PolicyDocument=policy)
        return self.arn("role", name)


def is_judgement(error: CallRefused) -> bool:
    """True if AWS refused because of what it was sent, and not because of permissions, limits or its own failure."""
    is_about_the_request = error.changed_nothing and error.status not in (401, 403, 429)
    return is_about_the_request and bool(_JUDGEMENT.fullmatch(error.code)) and not _NO_JUDGEMENT.search(error.message)
