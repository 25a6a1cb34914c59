"""Custom metrics that metric filters publish, each billed once however many filters feed it.

CloudWatch bills a metric for each hour in which it has values, and each combination of dimensions as a metric.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from generator.cost.charges import Charge, Kind, Priced, no_part
from generator.evaluate.template.properties import Properties

DIMENSIONS = "a metric filter with dimensions publishes a metric for each combination; one is counted"


def _filter(properties: Properties) -> Iterator[Charge]:
    for transformation in properties.list("MetricTransformations"):
        dimensions = sorted(json.dumps(entry.given, sort_keys=True) for entry in transformation.list("Dimensions"))
        names = [transformation.given.get(key) for key in ("MetricNamespace", "MetricName")]
        identity = json.dumps([*names, dimensions], sort_keys=True)
        yield Charge(Kind.METRICS, "custom-metric", more=DIMENSIONS if dimensions else "", identity=identity)


PRICED: Mapping[str, Priced] = {"AWS::Logs::MetricFilter": Priced(_filter, no_part)}
