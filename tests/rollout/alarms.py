"""CloudWatch's alarms as a stack makes them, which moto does not, and told page by page, as AWS tells them.

CloudWatch takes a composite only when the alarms of its rule are there, deletes none that a composite names, and
CloudFormation makes none whose name is taken.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from moto.cloudformation.parsing import parse_and_update_resource
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult

from tests.rollout.templates import read_template

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
A_PAGE = 50
# What moto wants, and nobody looks at here but for the threshold.
GIVEN = ("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period", "threshold", "statistic")


class Refused(ValueError):
    """CloudWatch does not do it."""


def _named(rule: str) -> set[str]:
    """The alarms that a composite's rule names."""
    return set(re.findall(r'(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)', rule))


def _take_rule(alarms: Any, rule: str) -> None:
    missing = sorted(_named(rule) - set(alarms))
    if missing:
        raise Refused(f"Could not save the composite alarm as alarms {missing} in the alarm rule do not exist")


def _drop(alarms: Any, name: str) -> None:
    # A list: stack sets that are rolled out side by side make and drop alarms at the same time.
    above = sorted(other for other, one in list(alarms.items()) if one.rule and name in _named(one.rule))
    if above:
        raise Refused(f"Cannot delete {name} as there are composite alarm(s) depending on it: {above}")
    alarms.pop(name, None)


class _Alarm(CloudFormationModel):
    __module__ = "moto.cloudwatch.models"
    kind = ""

    def __init__(self, name: str, account: str, region: str) -> None:
        self.physical_resource_id, self.account, self.region = name, account, region

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.kind

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    def get_cfn_attribute(self, _attribute_name: str) -> str:
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{self.physical_resource_id}"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_more: Any
    ) -> Any:
        made = cloudformation_json["Properties"]
        name = str(made["AlarmName"])
        given: dict[str, Any] = dict.fromkeys(GIVEN) | {"threshold": made.get("Threshold")}
        rule = {"rule": str(made["AlarmRule"])} if "AlarmRule" in made else {}
        backend = cloudwatch_backends[account_id][region_name]
        if name in backend.alarms:
            raise Refused(f"{name} already exists in stack")
        _take_rule(backend.alarms, rule.get("rule", ""))
        backend.put_metric_alarm(name=name, description="", dimensions=[], alarm_actions=[], **given, **rule)
        return cls(name, account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, cloudformation_json: Any, account_id: str, region_name: str, **_more: Any
    ) -> Any:
        alarm = cloudwatch_backends[account_id][region_name].alarms[original_resource.physical_resource_id]
        alarm.threshold = cloudformation_json["Properties"].get("Threshold")
        if "AlarmRule" in cloudformation_json["Properties"]:
            _take_rule(
                cloudwatch_backends[account_id][region_name].alarms, cloudformation_json["Properties"]["AlarmRule"]
            )
            alarm.rule = cloudformation_json["Properties"]["AlarmRule"]
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        _drop(cloudwatch_backends[account_id][region_name].alarms, resource_name)

    def delete(self, account: str, region: str) -> None:
        """Whether or not somebody was quicker."""
        _drop(cloudwatch_backends[account][region].alarms, self.physical_resource_id)


class _Metric(_Alarm):
    kind = "AWS::CloudWatch::Alarm"


class _Composite(_Alarm):
    kind = "AWS::CloudWatch::CompositeAlarm"


MODELS = {model.kind: model for model in (_Metric, _Composite)}


def follow(instance: Any, template: str, parameters: dict[str, str]) -> None:
    """Let the alarms of a stack set's instance be as the set says by now; moto writes down what they should be."""
    stack = instance.stack
    there, json = stack.resource_map, read_template(template)
    there._template, there.resolved_parameters = json, {}
    # What has no value of its own any more has the template's again.
    there.input_parameters = {name: value for name, value in parameters.items() if name in json.get("Parameters", {})}
    there.load_parameters()
    there.load_conditions()
    wanted = {
        name: one
        for name, one in json["Resources"].items()
        if one["Type"] in MODELS and there.lazy_condition_map.get(one.get("Condition"), True)
    }
    others = {name: one for name, one in there._resource_json_map.items() if one["Type"] not in MODELS}
    there._resource_json_map = others | wanted
    for name, one in wanted.items():
        if there._parsed_resources.get(name):
            parse_and_update_resource(name, one, there, stack.account_id, stack.region_name)
        else:
            assert there[name]
    for name, resource in sorted(there._parsed_resources.items(), key=lambda one: not isinstance(one[1], _Composite)):
        if isinstance(resource, _Alarm) and name not in wanted:
            resource.delete(stack.account_id, stack.region_name)
            del there._parsed_resources[name]


def in_pages(patch: pytest.MonkeyPatch) -> None:
    """Fifty alarms a page, whatever their type."""
    whole = CloudWatchResponse.describe_alarms

    def a_page(self: Any) -> ActionResult:
        result = dict(whole(self).result)
        every = [(kind, one) for kind in ("MetricAlarms", "CompositeAlarms") for one in result[kind]]
        start = int(self._get_param("NextToken") or 0)
        some = every[start : start + A_PAGE]
        more = {"NextToken": str(start + A_PAGE)} if start + A_PAGE < len(every) else {}
        return ActionResult({kind: [one for its, one in some if its == kind] for kind in result} | more)

    patch.setattr(CloudWatchResponse, "describe_alarms", a_page)
