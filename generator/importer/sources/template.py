"""CloudFormation templates: JSON, YAML with short tags, SAM, and the output of `cdk synth` with all its stacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.evaluate.template.intrinsic_values import Unknown, text
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.loops import LOOP, unrolled
from generator.evaluate.template.text import template_text
from generator.evaluate.types import Deployed
from generator.importer.cloud_assembly import MANIFEST, assembly_stacks, is_assembly
from generator.importer.errors import BadSources, SourceProblem
from generator.importer.source import ReadOptions, SourceInput, SourceParts, source_input
from generator.importer.template_lines import lines_of_resources
from generator.importer.types import (
    ASSUMED_ACCOUNT,
    ASSUMED_REGION,
    DroppedResource,
    SourceKind,
    SourcePosition,
    SourceStack,
)

KIND = SourceKind.TEMPLATE
WHAT = "a CloudFormation template"

_SECTIONS = frozenset(("AWSTemplateFormatVersion", "Resources"))
_SECTION_LINE = re.compile(r"^[\"']?(?:AWSTemplateFormatVersion|Resources|Transform)[\"']?\s*:", re.MULTILINE)
_BROKEN_JSON = re.compile(r"\"(?:AWSTemplateFormatVersion|Resources)\"\s*:")
_MONITORING = ("AWS::ApplicationSignals::", "AWS::CloudWatch::", "AWS::Logs::", "AWS::RUM::", "AWS::Synthetics::")
_NAMES = ("AlarmName", "FilterName", "LogGroupName", "DashboardName", "RuleName", "Name")
# What these do, the evaluator does as well.
_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23")
_INCLUDE = "Fn::Transform"
_STACKS = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
_UNPROCESSED = (
    "CloudFormation runs the macro {name}, and obsgen does not; import what it makes: "
    "`aws cloudformation get-template --template-stage Processed --query TemplateBody`"
)


def recognizes(source: SourceInput) -> bool:
    """A folder of `cdk synth`, or a file with the sections of a template."""
    if source.is_folder:
        return is_assembly(source.path)
    if source.is_json:
        return bool(source.keys & _SECTIONS) or (not source.keys and bool(_BROKEN_JSON.search(source.text)))
    return bool(_SECTION_LINE.search(source.text)) or source.path.suffix in (".yaml", ".yml", ".template")


def read(source: SourceInput, options: ReadOptions) -> SourceParts:
    """The stack of a template, or all stacks of an assembly. Raises BadSources."""
    if not source.is_folder:
        return _template_parts(source, options, options.account, options.region, options.stack or _stack_name(source))
    parts: list[SourceParts] = []
    problems: list[SourceProblem] = []
    for stack in assembly_stacks(source_input(source.path / MANIFEST), source.path):
        try:
            account, region = stack.account or options.account, stack.region or options.region
            parts.append(_template_parts(source_input(stack.template), options, account, region, stack.name))
        except BadSources as error:
            problems += error.problems
    if problems:
        raise BadSources(problems)
    return SourceParts(
        [stack for part in parts for stack in part.stacks],
        [dropped for part in parts for dropped in part.dropped],
        [left_out for part in parts for left_out in part.left_out],
        remarks=[remark for part in parts for remark in part.remarks],
    )


def _template_parts(source: SourceInput, options: ReadOptions, account: str, region: str, stack: str) -> SourceParts:
    parsed = template_text(source.content or b"", source.name)
    if parsed.template is None:
        raise BadSources([SourceProblem(parsed, parsed.findings)])
    remarks = []
    if not account:
        remarks.append(
            f"{source.name} does not say in which account it is deployed; {ASSUMED_ACCOUNT} is used instead "
            "(--account, --region)"
        )
    declared = parsed.template.get("Parameters")
    parameters = tuple(
        (name, value)
        for name, value in sorted(options.parameters.items())
        if isinstance(declared, Mapping) and name in declared
    )
    deployed = Deployed(
        parsed.template, account or ASSUMED_ACCOUNT, region or ASSUMED_REGION, parameters=parameters, stack=stack
    )
    scope = unrolled(TemplateScope(deployed.template, deployed.account, deployed.region, dict(parameters), stack))
    lines = lines_of_resources(parsed.text)
    resources = scope.section("Resources")
    positions = {
        str(logical_id): SourcePosition(source.name, str(logical_id), lines.get(str(logical_id)))
        for logical_id in resources
    }
    return SourceParts(
        [SourceStack(KIND, deployed, positions)],
        [*_macros(scope, source), *_not_read(scope, positions)],
        list(_off(scope, positions)),
        remarks=remarks,
    )


def _stack_name(source: SourceInput) -> str:
    """A name for the stack, which the name of a file stands for: https://docs.aws.amazon.com/AWSCloudFormation/
    latest/APIReference/API_CreateStack.html
    """
    stem = re.split(r"\.(?:template|json|ya?ml)\b", source.path.name)[0]
    return re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "stack"


def _macros(scope: TemplateScope, source: SourceInput) -> Iterator[DroppedResource]:
    declared = scope.template.get("Transform")
    for transform in declared if isinstance(declared, list) else [declared]:
        name = transform.get("Name") if isinstance(transform, Mapping) else transform
        if name is not None and name not in _TRANSFORMS:
            position = SourcePosition(source.name, "Transform")
            yield DroppedResource(position, "Transform", str(name), _UNPROCESSED.format(name=name))


def _not_read(scope: TemplateScope, positions: Mapping[str, SourcePosition]) -> Iterator[DroppedResource]:
    """Loops that cannot be written out, what macros would insert, and stacks within the stack."""
    for key, resource in scope.section("Resources").items():
        position, name = positions[str(key)], str(key)
        if name.startswith(LOOP):
            reason = resource.reason if isinstance(resource, Unknown) else "its items are not known"
            yield DroppedResource(
                position, "Fn::ForEach", name.removeprefix(LOOP), f"the loop cannot be written out: {reason}"
            )
        elif name == _INCLUDE:
            macro = str(resource.get("Name")) if isinstance(resource, Mapping) else ""
            yield DroppedResource(position, "Transform", macro, _UNPROCESSED.format(name=macro))
        elif isinstance(resource, Mapping) and str(resource.get("Type")) in _STACKS:
            reason = "a stack of its own; name its template as well, as one more source"
            yield DroppedResource(position, str(resource["Type"]), name, reason)


def _off(scope: TemplateScope, positions: Mapping[str, SourcePosition]) -> Iterator[DroppedResource]:
    """Monitoring resources that a condition leaves out."""
    for key, resource in scope.section("Resources").items():
        if not isinstance(resource, Mapping) or not str(resource.get("Type")).startswith(_MONITORING):
            continue
        if "Condition" in resource and scope.is_on(resource["Condition"]) is False:
            reason = f"its condition {resource['Condition']} is false with these parameters"
            yield DroppedResource(positions[str(key)], str(resource["Type"]), _name(scope, str(key), resource), reason)


def _name(scope: TemplateScope, logical_id: str, resource: Mapping[str, Any]) -> str:
    properties = resource.get("Properties")
    for property_ in _NAMES:
        if isinstance(properties, Mapping) and property_ in properties:
            name = text(scope.resolved(properties[property_]))
            return logical_id if isinstance(name, Unknown) else name
    return logical_id
