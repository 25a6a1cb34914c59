"""Lambda Insights: the layers of every Region that members are watched in."""

from __future__ import annotations

from generator.aws.lambda_insights import Architecture, layer
from generator.findings import Finding, Path
from generator.model.insights import LambdaInsights
from generator.resolve.scope import Scope
from generator.resolve.section import Section

PATH: Path = ("insights", "lambda")


def lambda_insights(scope: Scope, findings: list[Finding]) -> LambdaInsights | None:
    """None where the file has none; a Region without a layer is a finding (R07)."""
    if not scope.document.insights.lambda_:
        return None
    for region in scope.regions:
        if layer(region, scope.hub.partition) is None:
            message = f"there is no known Lambda Insights layer in {region}"
            findings.append(Finding("R07", message, PATH, hint="remove `insights` or the Region"))
    return LambdaInsights(_layers(scope, "arm64"), _layers(scope, "x86_64"), PATH)


def _layers(scope: Scope, architecture: Architecture) -> tuple[tuple[str, str], ...]:
    layers = ((region, layer(region, scope.hub.partition, architecture)) for region in sorted(scope.regions))
    return tuple((region, arn) for region, arn in layers if arn)


SECTIONS = (
    Section("insights", {"lambda_insights": lambda resolved: lambda_insights(resolved.scope, resolved.findings)}),
)
