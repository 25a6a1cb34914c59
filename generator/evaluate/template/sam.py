"""What the Serverless Application Model makes beside the resources of a template, by how one refers to it.

`!Ref Orders.Version`, `!Ref Orders.Alias`, `!Ref Api.Stage`, and the logical ids that SAM gives: `OrdersRole`,
`OrdersAliaslive`, `ServerlessRestApi`, `ApiProdStage`. A version that is published is taken to be the first one.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FUNCTION, _MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
_APIS: Mapping[str, tuple[str, str, str]] = {
    "AWS::Serverless::Api": ("Api", "AWS::ApiGateway::", ""),
    "AWS::Serverless::HttpApi": ("HttpApi", "AWS::ApiGatewayV2::", "$default"),
}
_TRANSFORM = "AWS::Serverless-2016-10-31"


def generated(template: Mapping[str, Any], logical_id: str) -> Mapping[str, Any] | None:
    """The resource that SAM makes under this name, as a template would have it; nothing where it makes none."""
    declared = template.get("Transform")
    resources = template.get("Resources")
    if _TRANSFORM not in (declared if isinstance(declared, list) else [declared]) or not isinstance(resources, Mapping):
        return None
    implicit = {"ServerlessRestApi": "AWS::ApiGateway::RestApi", "ServerlessHttpApi": "AWS::ApiGatewayV2::Api"}
    if logical_id in implicit:
        return {"Type": implicit[logical_id]}
    if logical_id == "ServerlessRestApiProdStage":
        return {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "Prod"}}
    for name, resource in resources.items():
        if isinstance(resource, Mapping) and isinstance(name, str) and logical_id.startswith(name):
            resource_ = _beside(template, name, resource).get(logical_id)
            if resource_:
                return resource_
    return None


def _beside(template: Mapping[str, Any], name: str, resource: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What SAM makes of one resource."""
    kind = resource.get("Type")
    if kind == _FUNCTION:
        alias = _said(template, resource, "Function", "AutoPublishAlias")
        of = {"FunctionName": {"Ref": name}}
        resources: dict[str, Mapping[str, Any]] = {f"{name}Role": {"Type": "AWS::IAM::Role"}}
        if alias:
            stage_resource = {"Type": "AWS::Lambda::Alias", "Properties": {**of, "Name": alias}}
            resources |= {f"{name}.Version": {"Type": "AWS::Lambda::Version", "Properties": of}}
            resources |= {f"{name}.Alias": stage_resource, f"{name}Alias{alias}": stage_resource}
        return resources
    if kind == _MACHINE:
        return {f"{name}Role": {"Type": "AWS::IAM::Role"}}
    if kind in _APIS:
        section, service, default = _APIS[str(kind)]
        stage_name = _said(template, resource, section, "StageName") or default
        stage_resource = {"Type": f"{service}Stage", "Properties": {"StageName": stage_name}}
        deployment = {"Type": f"{service}Deployment"}
        return {
            f"{name}.Stage": stage_resource,
            f"{name}{stage_name}Stage": stage_resource,
            f"{name}.Deployment": deployment,
        }
    return {}


def _said(template: Mapping[str, Any], resource: Mapping[str, Any], section: str, name: str) -> Any:
    """A property of a resource, or what the template says of all of its kind."""
    globals_ = template.get("Globals")
    common = globals_.get(section) if isinstance(globals_, Mapping) else None
    for properties in (resource.get("Properties"), common):
        if isinstance(properties, Mapping) and properties.get(name):
            return properties[name]
    return None
