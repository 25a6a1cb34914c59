"""Log groups that a template creates or uses, in one account and Region."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from generator.evaluate.template.intrinsics import TemplateScope
from generator.rollout.deploy.log_groups import LogGroupUse, TemplateReader

LOG_GROUP = "AWS::Logs::LogGroup"
# CloudFormation refuses these where their log group is missing.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
REFUSED = ("AWS::Logs::MetricFilter", "AWS::Logs::SubscriptionFilter")


def reader(known: Mapping[str, Mapping[str, Any]]) -> TemplateReader:
    """A reader of templates. known: parsed templates by text, which need not be parsed again."""
    narrowed = {body: _narrowed(template) for body, template in known.items()}

    def read(body: str, account: str, region: str, parameters: Mapping[str, str]) -> Mapping[str, LogGroupUse]:
        template = narrowed[body] if body in narrowed else _about_log_groups(body)
        return _uses(TemplateScope(template, account, region, parameters))

    return read


def _uses(scope: TemplateScope) -> dict[str, LogGroupUse]:
    """By logical ID, without resources that a condition excludes or that use a log group of the same template."""
    uses = {key: use for key, resource in scope.section("Resources").items() if (use := _use(scope, resource))}
    created = {use.name for use in uses.values() if use.makes}
    return {key: use for key, use in uses.items() if use.makes or use.name not in created}


def _use(scope: TemplateScope, resource: Mapping[str, Any]) -> LogGroupUse | None:
    """None where it is left out, or where only a running account knows the name."""
    if "Condition" in resource and scope.is_on(resource["Condition"]) is not True:
        return None
    name = scope.resolved(resource["Properties"].get("LogGroupName"))
    if not isinstance(name, str):
        return None
    path = resource.get("Metadata", {}).get("obsgen", {}).get("path", "")
    return LogGroupUse(name, resource["Type"] == LOG_GROUP, resource["Properties"], path)


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
    resources = {key: resource for key, resource in template["Resources"].items() if resource["Type"] in concerned}
    return {**template, "Resources": resources}
