"""What templates of ours make of log groups, or use of them, in one account and Region."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from generator.evaluate.template.intrinsics import Scope
from generator.rollout.deploy.log_groups import LogGroupUse, TemplateReader

LOG_GROUP = "AWS::Logs::LogGroup"
# CloudFormation refuses these where their log group is missing.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
REFUSED = ("AWS::Logs::MetricFilter", "AWS::Logs::SubscriptionFilter")


def reader(known: Mapping[str, Mapping[str, Any]]) -> TemplateReader:
    """What reads templates. known: those that need not be read from their text, which take longer to read."""
    narrowed = {body: _narrowed(template) for body, template in known.items()}

    def read(body: str, account: str, region: str, parameters: Mapping[str, str]) -> Mapping[str, LogGroupUse]:
        template = narrowed[body] if body in narrowed else _about_log_groups(body)
        return _uses(Scope(template, account, region, parameters))

    return read


def _uses(scope: Scope) -> dict[str, LogGroupUse]:
    """By logical id, without what its condition leaves out and without what stands on a log group of the template."""
    found = {key: one for key, made in scope.section("Resources").items() if (one := _use(scope, made))}
    made = {one.name for one in found.values() if one.makes}
    return {key: one for key, one in found.items() if one.makes or one.name not in made}


def _use(scope: Scope, made: Mapping[str, Any]) -> LogGroupUse | None:
    """None where it is left out, or where only a running account knows the name."""
    if "Condition" in made and scope.is_on(made["Condition"]) is not True:
        return None
    name = scope.resolved(made["Properties"].get("LogGroupName"))
    if not isinstance(name, str):
        return None
    path = made.get("Metadata", {}).get("obsgen", {}).get("path", "")
    return LogGroupUse(name, made["Type"] == LOG_GROUP, made["Properties"], path)


@lru_cache(maxsize=32)
def _about_log_groups(body: str) -> dict[str, Any]:
    """A template from its text, read once for all accounts and Regions; of one that is none nothing is known."""
    import yaml

    from generator.render import yaml_text

    try:
        return _narrowed(yaml_text.parse_template(body))
    except yaml.YAMLError:
        return {"Resources": {}}


def _narrowed(template: Mapping[str, Any]) -> dict[str, Any]:
    """With nothing but what concerns log groups."""
    concerned = (LOG_GROUP, *REFUSED)
    resources = {key: made for key, made in template["Resources"].items() if made["Type"] in concerned}
    return {**template, "Resources": resources}
