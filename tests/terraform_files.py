"""Terraform files for tests, as Terraform 1.9 and version 5 of the AWS provider write them.

The shape of a state: https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go
The shape of what `show -json` prints: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ACCOUNT, REGION = "222222222222", "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:oncall"
PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'


def alarm_values(name: str, **values: Any) -> dict[str, Any]:
    """The attributes of an aws_cloudwatch_metric_alarm in a state: what is not set is empty, zero or null."""
    return {
        "actions_enabled": True,
        "alarm_actions": [TOPIC],
        "alarm_description": "",
        "alarm_name": name,
        "arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
        "comparison_operator": "GreaterThanThreshold",
        "datapoints_to_alarm": 0,
        "dimensions": {"QueueName": "orders"},
        "evaluate_low_sample_count_percentiles": "",
        "evaluation_periods": 2,
        "extended_statistic": "",
        "id": name,
        "insufficient_data_actions": [],
        "metric_name": "ApproximateAgeOfOldestMessage",
        "metric_query": [],
        "namespace": "AWS/SQS",
        "ok_actions": None,
        "period": 60,
        "statistic": "Maximum",
        "tags": None,
        "tags_all": {"team": "shop"},
        "threshold": 0,
        "threshold_metric_id": "",
        "treat_missing_data": "notBreaching",
        "unit": "",
        **values,
    }


def state_resource(
    kind: str,
    name: str,
    *instances: Mapping[str, Any],
    module: str = "",
    provider: str = PROVIDER,
    mode: str = "managed",
) -> dict[str, Any]:
    """A resource of a state. instances: with `attributes`, and with `index_key` where there are several."""
    resource = {"mode": mode, "type": kind, "name": name, "provider": provider, "instances": list(instances)}
    return {"module": module, **resource} if module else resource


def write_state(path: Path, resources: Iterable[Mapping[str, Any]], **keys: Any) -> Path:
    """A state of format 4."""
    state = {"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "x", "outputs": {}}
    path.write_text(json.dumps({**state, "resources": list(resources), **keys}, indent=2), encoding="utf-8")
    return path


def shown_resource(address: str, values: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """A resource of `values` or `planned_values`."""
    kind, name = re.sub(r"\[[^\]]*\]", "", address).split(".")[-2:]
    return {"address": address, "mode": "managed", "type": kind, "name": name, "values": values, **keys}


def write_json(path: Path, document: Mapping[str, Any]) -> Path:
    """What `show -json` prints: one line."""
    path.write_text(json.dumps({"format_version": "1.2", "terraform_version": "1.9.8", **document}), encoding="utf-8")
    return path
