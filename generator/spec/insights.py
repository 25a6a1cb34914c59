"""The section `insights`: what CloudWatch's Insights of the runtimes need in every member."""

from __future__ import annotations

from pydantic import Field

from generator.spec.strict import Strict


class InsightsSpec(Strict):
    """Lambda Insights; Container Insights is a setting of each cluster."""

    lambda_: bool = Field(default=False, alias="lambda", description="provide the ARNs of the layers to other stacks")
