"""Parameters of the member template: alarm settings that differ between accounts.

An alarm that is tuned alike everywhere has its values in the template; each field in which some account differs
becomes a parameter, whose default holds for accounts that join later. An alarm that some accounts do not have has
a condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from generator.aws.regions import in_logical_ids
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Regional, Tuning
from generator.model.estate import Estate
from generator.model.sample import PARAMETER
from generator.model.signals import LogSignal, PromqlSignal

OPERATORS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}
MISSING_DATA = {"breaching": "breaching", "not-breaching": "notBreaching", "ignore": "ignore", "missing": "missing"}
# Of an account's VPC, where it has endpoints.
ENDPOINTS_CIDR = "EndpointsCidr"
ENDPOINTS_REGION = "EndpointsRegion"
ENDPOINTS_SUBNETS = "EndpointsSubnetIds"
ENDPOINTS_VPC = "EndpointsVpcId"
# Of an account with probes; the VPC and its subnets where they run in one.
PROBES_REGION = "ProbesRegion"
PROBES_SUBNETS = "ProbesSubnetIds"
PROBES_VPC = "ProbesVpcId"
_NUMBERS = (
    "Threshold",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "QueryResultsToEvaluate",
    "QueryResultsToAlarm",
    "StartTimeOffset",
)
# What is the same in every Region that has an alarm.
_EVERYWHERE = ("Enabled", "Severity")
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class MemberParameter:
    """One parameter: its default, and account name to value where that differs from the default."""

    name: str
    field: str
    default: str | float | int
    by_account: tuple[tuple[str, str], ...]

    @property
    def type(self) -> str:
        """The parameter's type in CloudFormation."""
        return "Number" if self.field in _NUMBERS else "String"


def number(value: float) -> float | int:
    """5.0 as 5, as people write it."""
    return int(value) if float(value).is_integer() else value


def values(alarm: Alarm, tuning: Tuning) -> dict[str, str | float | int]:
    """A tuning by CloudFormation's property names; Enabled and Severity are names of obsgen."""
    if isinstance(alarm.signal, PromqlSignal):
        # The query has everything else.
        return {"Severity": tuning.severity, "Enabled": "true" if tuning.enabled else "false"}
    return {
        "Threshold": number(tuning.threshold),
        "ComparisonOperator": OPERATORS[tuning.comparison],
        **(_runs(alarm.signal, tuning) if isinstance(alarm.signal, LogSignal) else _periods(tuning)),
        "TreatMissingData": MISSING_DATA[tuning.missing_data],
        "Severity": tuning.severity,
        "Enabled": "true" if tuning.enabled else "false",
    }


def _periods(tuning: Tuning) -> dict[str, str | float | int]:
    return {
        "Period": tuning.period,
        "EvaluationPeriods": tuning.evaluation_periods,
        "DatapointsToAlarm": tuning.datapoints,
    }


def _runs(signal: LogSignal, tuning: Tuning) -> dict[str, str | float | int]:
    """Of a query that is run: its rate, since `1 minutes` is none, and how far back the rate makes it look."""
    minutes = tuning.period // _MINUTE
    return {
        "ScheduleExpression": f"rate({minutes} minute{'' if minutes == 1 else 's'})",
        "StartTimeOffset": signal.delay + signal.seconds(tuning.period),
        "QueryResultsToEvaluate": tuning.evaluation_periods,
        "QueryResultsToAlarm": tuning.datapoints,
    }


def member_parameters(alarm: Alarm) -> Iterator[MemberParameter]:
    """The parameters that one member alarm needs."""
    if not alarm.variants:
        return
    default = values(alarm, alarm.tuning)
    different = [(variant.account, values(alarm, variant.tuning)) for variant in alarm.variants]
    for field, value in default.items():
        if field == "Enabled" and alarm.placement:
            # A condition on the account says it, for accounts that join later too.
            continue
        by_account = tuple((account, str(own[field])) for account, own in different if own[field] != value)
        if by_account:
            shared = alarm.switch if field == "Enabled" else ""
            yield MemberParameter(f"{shared or alarm.logical_id}{field}", field, value, by_account)


def in_region(alarm: Alarm, regional: Regional) -> Alarm:
    """The alarm as it is in a Region with a threshold of its own; its parameters are that Region's."""
    name = in_logical_ids(regional.region)
    return replace(
        alarm, logical_id=f"{alarm.logical_id}{name}", tuning=regional.tuning, variants=regional.variants, regional=()
    )


def region_parameters(alarm: Alarm) -> Iterator[MemberParameter]:
    """The parameters of what differs from account to account in one Region, and otherwise than elsewhere."""
    for regional in alarm.regional:
        yield from (
            own
            for own in member_parameters(in_region(alarm, regional))
            if own.field in regional_fields(alarm, regional)
        )


def regional_fields(alarm: Alarm, regional: Regional) -> tuple[str, ...]:
    """The fields that differ in a Region, in at least one account."""
    usual, in_this_region = _in_accounts(alarm), _in_accounts(in_region(alarm, regional))
    return tuple(field for field, value in in_this_region.items() if field not in _EVERYWHERE and value != usual[field])


def _in_accounts(alarm: Alarm) -> dict[str, Any]:
    """The default of each field, and its values in accounts that differ."""
    parameters = {parameter.field: parameter.by_account for parameter in member_parameters(alarm)}
    return {field: (value, parameters.get(field, ())) for field, value in values(alarm, alarm.tuning).items()}


def overrides(estate: Estate) -> dict[str, dict[str, str]]:
    """Account name to parameter to value, for the stack set's parameter overrides."""
    values_by_account: dict[str, dict[str, str]] = {account.name: {} for account in estate.accounts}
    for alarm in estate.alarms_in(Side.MEMBERS):
        for parameter in (*member_parameters(alarm), *region_parameters(alarm)):
            for account, value in parameter.by_account:
                values_by_account[account][parameter.name] = value
    for endpoint in estate.endpoints.places if estate.endpoints else ():
        own = values_by_account[endpoint.account]
        own[ENDPOINTS_VPC], own[ENDPOINTS_CIDR] = endpoint.vpc, endpoint.cidr
        own[ENDPOINTS_SUBNETS] = ",".join(endpoint.subnets)
        if len(estate.regions) > 1:
            own[ENDPOINTS_REGION] = endpoint.region
    for runner in estate.member_probe_runners:
        own = values_by_account[runner.account]
        own[PROBES_REGION] = runner.region
        if runner.vpc:
            own[PROBES_VPC], own[PROBES_SUBNETS] = runner.vpc, ",".join(runner.subnets)
    sample = estate.sample_workload
    for account in (sample.accounts or ()) if sample else ():
        values_by_account[account][PARAMETER] = "true"
    return values_by_account
