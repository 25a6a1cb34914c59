"""The checker's side of a drill: a process with its package and nothing else of ours.

Standard input is one line of JSON, see compliance_example.findings; the answer is one line: the details of the finding
events, or `{"problem": …}` where there is no example.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

MINUTE_MS = 60_000
OWNER = "Owner"
# Values that patterns of tags may take; whether one is right is the judge's to say.
CANDIDATES = (
    *("team-web", "web", "team", "example", "Example", "EXAMPLE", "ops@example.com", "a", "A", "1", "12", "123"),
    *(
        "1234",
        "12345",
        "123456",
        "1234567",
        "12345678",
        "cc-1234",
        "CC-1234",
        "CC1234",
        "cc1234",
        "CC-0001",
        "C1234",
        "AB12",
    ),
    *("2027-01-31", "true", "yes", "prod", "production", "internal", "public", "low", "tier-1", "P1", "x-1"),
)


class _NoExample(Exception):
    """There is none, in a sentence."""


def main() -> None:
    """Read, look three times, answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    try:
        answer = _Example(request).findings()
    except _NoExample as error:
        answer = {"problem": str(error)}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


class _Example:
    """One instance, checked several times with different tags."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.request = request
        self.ec2, self.judge, self.ledger, self.observation, self.wording = (
            import_module(f"handlers.compliance.{name}")
            for name in ("ec2", "judge", "ledger", "observation", "wording")
        )
        self.rules = import_module("handlers.compliance.rules").read_rules().of(request["account"])
        self.at = int(request["at"])
        self.remembered: Any = None

    def findings(self) -> dict[str, Any]:
        """The finding when it is opened, changed and closed."""
        right = self._right_tags()
        keys = self._keys()
        without = {key: value for key, value in right.items() if key not in keys[:2]}
        if len(keys) > 1:
            better = {key: value for key, value in right.items() if key != keys[0]}
        else:
            better = {**without, keys[0]: " "}
        opened = self._look(without)
        changed = self._look(better)
        is_right = self._verdict(right).is_compliant
        closed = self._look(right, "running" if is_right else "terminated")
        return {"opened": opened, "changed": changed, "closed": closed, "gone": not is_right}

    def _keys(self) -> list[str]:
        """Required keys that do not depend on others, the owner's first."""
        keys = [rule.key for rule in self.rules.tags if not rule.when] or [rule.key for rule in self.rules.tags]
        if not keys:
            raise _NoExample(f"no tags are required in {self.rules.name}")
        return sorted(dict.fromkeys(keys), key=lambda key: key != OWNER)

    def _right_tags(self) -> dict[str, str]:
        """A value for each required tag, right as far as one is known."""
        tags = {"Name": str(self.request["name"])}
        for rule in self.rules.tags:
            fitting = [
                candidate for candidate in CANDIDATES if rule.pattern is None or rule.pattern.fullmatch(candidate)
            ]
            tags[rule.key] = rule.allowed[0] if rule.allowed else (fitting or CANDIDATES)[0]
        return tags

    def _resource(self, tags: Mapping[str, str], state: str = "running") -> Any:
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        instance = {**self.request["instance"], "Tags": listed, "State": {"Name": state}}
        account = self.request["account"]
        response = {"Reservations": [{"OwnerId": account, "Instances": [instance]}]}
        (resource,) = self.ec2.instances(response, account, self.request["region"])
        return resource

    def _verdict(self, tags: Mapping[str, str]) -> Any:
        day = datetime.fromtimestamp(self.at / 1000, UTC).date()
        return self.judge.judge(self._resource(tags), self.rules, day)

    def _look(self, tags: Mapping[str, str], state: str = "running") -> dict[str, Any]:
        """The finding that is owed after another look."""
        resource, verdict, status = self._resource(tags, state), self._verdict(tags), self.ledger.Status
        if verdict.exempt:
            raise _NoExample(f"{self.rules.name} is not checked: {verdict.exempt}")
        if state == "terminated":
            outcome, content = status.GONE, self.wording.closed_content(resource, None, self.rules)
        elif verdict.is_compliant:
            outcome, content = status.COMPLIANT, self.wording.closed_content(resource, verdict, self.rules)
        else:
            outcome, content = status.NON_COMPLIANT, self.wording.open_content(resource, verdict, self.rules)
        key = self.ledger.Key(resource.type, resource.id)
        fingerprint = "" if outcome is status.GONE else verdict.fingerprint
        observed = self.observation.Observation(key, self.at, outcome, fingerprint, {}, content)
        # What differs from one version of the checker to another is asked by its name.
        after = self._absorb(observed)
        if after.owed is None:
            raise _NoExample(f"an instance of {self.rules.name} without its tags is no finding")
        self.remembered = self.observation.mark_sent(after, after.owed)
        self.at += MINUTE_MS
        return dict(after.owed.detail)

    def _absorb(self, observed: Any) -> Any:
        return self.observation.apply_observation(
            self.remembered, observed, self.rules.environment, self.observation.New.EACH
        )


if __name__ == "__main__":
    main()
