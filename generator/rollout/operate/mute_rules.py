"""Mute rules: CloudWatch's own, one-time, always with an end; made where the alarms stand.

CloudWatch goes on evaluating, and its events go on travelling: the function holds the incident, and opens it at the
window's end if the alarm is still in ALARM.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from generator.rollout.aws.clients import Aws, check_account
from generator.rollout.aws.errors import aws_errors
from generator.rollout.operate.alarm_types import ALARMS

PREFIX = "obsgen-mute-"
# Alarms that one rule names.
ALARMS_A_RULE = 100


@dataclass(frozen=True, slots=True)
class MuteRule:
    """A rule. start, end: in UTC, None where CloudWatch does not say. status: SCHEDULED, ACTIVE or EXPIRED."""

    name: str
    alarms: tuple[str, ...]
    reason: str
    start: datetime | None
    end: datetime | None
    status: str


@dataclass(slots=True)
class MuteRules:
    """The mute rules of one account and Region; of this tool, and nobody else's."""

    aws: Aws
    account: str
    region: str

    def sign_in(self) -> None:
        """Make sure whose credentials these are. Raises Refused."""
        with self._errors("sts:GetCallerIdentity", "the caller"):
            caller = self.aws.client("sts", self.region).get_caller_identity()
            self.aws.read_clock(caller)
        hint = f"use --profile with a profile of account {self.account}: a mute rule is created where its alarms are"
        check_account(caller["Account"], self.account, f"the alarms are in account {self.account}", hint)

    def existing(self, alarms: Sequence[str]) -> list[str]:
        """Those of the alarms that CloudWatch knows: a rule may name no others. Raises Refused."""
        found: set[str] = set()
        with self._errors("cloudwatch:DescribeAlarms", "alarms"):
            pages = self._client.get_paginator("describe_alarms")
            for some in _some(alarms):
                for page in pages.paginate(AlarmNames=some, AlarmTypes=list(ALARMS)):
                    found |= {one["AlarmName"] for kind in ALARMS.values() for one in page.get(kind, [])}
        return sorted(found)

    def put(self, alarms: Sequence[str], lasts: timedelta, reason: str, now: datetime) -> list[MuteRule]:
        """Mute them from the next full minute on. Raises Refused; what was made before that stays made and is told."""
        start = (now + timedelta(minutes=1)).replace(second=0, microsecond=0)
        made: list[MuteRule] = []
        for some in _some(alarms):
            name = f"{PREFIX}{start:%Y%m%dT%H%MZ}-{uuid.uuid4().hex[:8]}"
            schedule = {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": _iso(lasts), "Timezone": "UTC"}
            with self._errors("cloudwatch:PutAlarmMuteRule", name):
                self._client.put_alarm_mute_rule(
                    Name=name,
                    Description=reason,
                    Rule={"Schedule": schedule},
                    MuteTargets={"AlarmNames": some},
                    ExpireDate=start + lasts,
                )
            made.append(MuteRule(name, tuple(some), reason, start, start + lasts, "SCHEDULED"))
        return made

    def all(self) -> list[MuteRule]:
        """Every rule of this tool that is not over. Raises Refused."""
        found = []
        with self._errors("cloudwatch:ListAlarmMuteRules", "mute rules"):
            asked: dict[str, Any] = {"Statuses": ["SCHEDULED", "ACTIVE"]}
            while True:
                page = self._client.list_alarm_mute_rules(**asked)
                for one in page.get("AlarmMuteRuleSummaries", []):
                    name = str(one["AlarmMuteRuleArn"]).rpartition(":")[2]
                    if name.startswith(PREFIX):
                        found.append(_read(self._client.get_alarm_mute_rule(AlarmMuteRuleName=name)))
                if not page.get("NextToken"):
                    return sorted(found, key=lambda mute: mute.name)
                asked["NextToken"] = page["NextToken"]

    def delete(self, mute: MuteRule) -> None:
        """End it now. Raises Refused."""
        with self._errors("cloudwatch:DeleteAlarmMuteRule", mute.name):
            self._client.delete_alarm_mute_rule(AlarmMuteRuleName=mute.name)

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudwatch", self.region)

    def _errors(self, action: str, subject: str) -> AbstractContextManager[None]:
        return aws_errors(action, subject, self.account, self.region)


def matching(alarms: Mapping[str, str], glob: str) -> list[str]:
    """Names whose name or key is like the glob. alarms: name to key."""
    return sorted(name for name, key in alarms.items() if fnmatchcase(name, glob) or fnmatchcase(key, glob))


def _read(rule: Mapping[str, Any]) -> MuteRule:
    expression = str(rule["Rule"]["Schedule"]["Expression"])
    start = None
    if expression.startswith("at("):
        start = datetime.strptime(expression[3:-1], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    end = rule.get("ExpireDate")
    return MuteRule(
        str(rule["Name"]),
        tuple(rule.get("MuteTargets", {}).get("AlarmNames", [])),
        str(rule.get("Description", "")),
        start,
        end.astimezone(UTC) if end else None,
        str(rule.get("Status", "")),
    )


def _some(alarms: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(alarms), ALARMS_A_RULE):
        yield list(alarms[start : start + ALARMS_A_RULE])


def _iso(lasts: timedelta) -> str:
    """An ISO 8601 duration in whole minutes."""
    return f"PT{int(lasts.total_seconds()) // 60}M"
