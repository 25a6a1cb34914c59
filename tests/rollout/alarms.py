"""CloudWatch's alarms as a stack makes them, which moto does not, and told page by page, as AWS tells them."""

from __future__ import annotations

from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
A_PAGE = 50
# What nobody looks at here, and moto wants all the same.
GIVEN = ("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period", "threshold", "statistic")


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
        given: dict[str, Any] = dict.fromkeys(
            (
                "namespace",
                "metric_name",
                "comparison_operator",
                "evaluation_periods",
                "period",
                "threshold",
                "statistic",
            )
        )
        rule = {"rule": str(made["AlarmRule"])} if "AlarmRule" in made else {}
        backend = cloudwatch_backends[account_id][region_name]
        backend.put_metric_alarm(name=name, description="", dimensions=[], alarm_actions=[], **given, **rule)
        return cls(name, account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_arguments: Any, **_more: Any) -> Any:
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        cloudwatch_backends[account_id][region_name].alarms.pop(resource_name, None)

    def delete(self, account: str, region: str) -> None:
        """Whether or not somebody was quicker."""
        cloudwatch_backends[account][region].alarms.pop(self.physical_resource_id, None)


class _Metric(_Alarm):
    kind = "AWS::CloudWatch::Alarm"


class _Composite(_Alarm):
    kind = "AWS::CloudWatch::CompositeAlarm"


MODELS = {model.kind: model for model in (_Metric, _Composite)}


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
