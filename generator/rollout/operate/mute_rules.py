"""Mute rules of CloudWatch: one-time, always with an end, created in the alarms' account and Region.

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
class CloudWatchMuteRule:
    """A rule. start, end: in UTC, None where CloudWatch does not say. status: SCHEDULED, ACTIVE or EXPIRED."""

    name: str
    alarms: tuple[str, ...]
    reason: str
    start: datetime | None
    end: datetime | None
    status: str


@dataclass(slots=True)
class MuteRules:
    """The mute rules of one account and Region that obsgen created."""

    aws: Aws
    account: str
    region: str

    def sign_in(self) -> None:
        """Verify the credentials. Raises AwsError."""
        with self._errors("sts:GetCallerIdentity", "the caller"):
            caller = self.aws.client("sts", self.region).get_caller_identity()
            self.aws.read_clock(caller)
        hint = f"use --profile with a profile of account {self.account}: a mute rule is created where its alarms are"
        check_account(caller["Account"], self.account, f"the alarms are in account {self.account}", hint)

    def existing(self, alarms: Sequence[str]) -> list[str]:
        """The alarms that exist in CloudWatch: a rule may name no others. Raises AwsError."""
        names: set[str] = set()
        with self._errors("cloudwatch:DescribeAlarms", "alarms"):
            pages = self._client.get_paginator("describe_alarms")
            for batch in _some(alarms):
                for page in pages.paginate(AlarmNames=batch, AlarmTypes=list(ALARMS)):
                    names |= {alarm["AlarmName"] for kind in ALARMS.values() for alarm in page.get(kind, [])}
        return sorted(names)

    def put(self, alarms: Sequence[str], lasts: timedelta, reason: str, now: datetime) -> list[CloudWatchMuteRule]:
        """Mute alarms from the next full minute on. Raises AwsError; rules created before that remain."""
        start = (now + timedelta(minutes=1)).replace(second=0, microsecond=0)
        rules: list[CloudWatchMuteRule] = []
        for batch in _some(alarms):
            name = f"{PREFIX}{start:%Y%m%dT%H%MZ}-{uuid.uuid4().hex[:8]}"
            schedule = {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": _iso(lasts), "Timezone": "UTC"}
            with self._errors("cloudwatch:PutAlarmMuteRule", name):
                self._client.put_alarm_mute_rule(
                    Name=name,
                    Description=reason,
                    Rule={"Schedule": schedule},
                    MuteTargets={"AlarmNames": batch},
                    ExpireDate=start + lasts,
                )
            rules.append(CloudWatchMuteRule(name, tuple(batch), reason, start, start + lasts, "SCHEDULED"))
        return rules

    def all(self) -> list[CloudWatchMuteRule]:
        """Every rule of this tool that is not over. Raises AwsError."""
        rules = []
        with self._errors("cloudwatch:ListAlarmMuteRules", "mute rules"):
            params: dict[str, Any] = {"Statuses": ["SCHEDULED", "ACTIVE"]}
            while True:
                page = self._client.list_alarm_mute_rules(**params)
                for summary in page.get("AlarmMuteRuleSummaries", []):
                    name = str(summary["AlarmMuteRuleArn"]).rpartition(":")[2]
                    if name.startswith(PREFIX):
                        rules.append(_read(self._client.get_alarm_mute_rule(AlarmMuteRuleName=name)))
                if not page.get("NextToken"):
                    return sorted(rules, key=lambda mute: mute.name)
                params["NextToken"] = page["NextToken"]

    def delete(self, mute: CloudWatchMuteRule) -> None:
        """End it now. Raises AwsError."""
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


def _read(rule: Mapping[str, Any]) -> CloudWatchMuteRule:
    expression = str(rule["Rule"]["Schedule"]["Expression"])
    start = None
    if expression.startswith("at("):
        start = datetime.strptime(expression[3:-1], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    end = rule.get("ExpireDate")
    return CloudWatchMuteRule(
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
