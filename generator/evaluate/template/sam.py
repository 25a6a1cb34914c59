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


def generated(template: Mapping[str, Any], wanted: str) -> Mapping[str, Any] | None:
    """The resource that SAM makes under this name, as a template would have it; nothing where it makes none."""
    declared = template.get("Transform")
    resources = template.get("Resources")
    if _TRANSFORM not in (declared if isinstance(declared, list) else [declared]) or not isinstance(resources, Mapping):
        return None
    implicit = {"ServerlessRestApi": "AWS::ApiGateway::RestApi", "ServerlessHttpApi": "AWS::ApiGatewayV2::Api"}
    if wanted in implicit:
        return {"Type": implicit[wanted]}
    if wanted == "ServerlessRestApiProdStage":
        return {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "Prod"}}
    for name, resource in resources.items():
        if isinstance(resource, Mapping) and isinstance(name, str) and wanted.startswith(name):
            made = _beside(template, name, resource).get(wanted)
            if made:
                return made
    return None


def _beside(template: Mapping[str, Any], name: str, resource: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What SAM makes of one resource."""
    kind = resource.get("Type")
    if kind == _FUNCTION:
        alias = _said(template, resource, "Function", "AutoPublishAlias")
        of = {"FunctionName": {"Ref": name}}
        found: dict[str, Mapping[str, Any]] = {f"{name}Role": {"Type": "AWS::IAM::Role"}}
        if alias:
            made = {"Type": "AWS::Lambda::Alias", "Properties": {**of, "Name": alias}}
            found |= {f"{name}.Version": {"Type": "AWS::Lambda::Version", "Properties": of}}
            found |= {f"{name}.Alias": made, f"{name}Alias{alias}": made}
        return found
    if kind == _MACHINE:
        return {f"{name}Role": {"Type": "AWS::IAM::Role"}}
    if kind in _APIS:
        section, service, default = _APIS[str(kind)]
        stage = _said(template, resource, section, "StageName") or default
        made = {"Type": f"{service}Stage", "Properties": {"StageName": stage}}
        deployment = {"Type": f"{service}Deployment"}
        return {f"{name}.Stage": made, f"{name}{stage}Stage": made, f"{name}.Deployment": deployment}
    return {}


def _said(template: Mapping[str, Any], resource: Mapping[str, Any], section: str, name: str) -> Any:
    """A property of a resource, or what the template says of all of its kind."""
    globals_ = template.get("Globals")
    common = globals_.get(section) if isinstance(globals_, Mapping) else None
    for given in (resource.get("Properties"), common):
        if isinstance(given, Mapping) and given.get(name):
            return given[name]
    return None
