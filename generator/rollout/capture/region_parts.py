"""The parts of an account and Region beside metric data: one function for each, which yields its rows.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.aws.resource_types import RESOURCE_TYPES
from generator.rollout.aws.errors import DENIED
from generator.rollout.capture.calls import CallFailed, RegionCalls
from generator.rollout.capture.extra_parts import EXTRA_PARTS
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.request import CaptureRequest
from generator.rollout.capture.rows import metric_row, parsed, plain, tags_of
from generator.rollout.operate.alarm_types import ALARMS

ALARM, LOG_GROUP = "cloudwatch:alarm", "logs:log-group"
MOST_ALARMS, MOST_DETECTORS, MOST_RULES, MOST_FILTERS, MOST_GROUPS, MOST_RESOURCES = 100, 100, 500, 50, 50, 100
Rows = Iterator[dict[str, Any]]


@dataclass
class RegionReader:
    """Reads one account and Region. is_home: whether it is the account's first Region, which has what is global."""

    calls: RegionCalls
    request: CaptureRequest
    folder: CaptureFolder
    is_home: bool
    _tagged: dict[str, dict[str, str]] | CallFailed | None = field(default=None)

    def rows(self, part: str) -> Rows:
        """The rows of a part. Raises CallFailed."""
        read = {
            "alarms": self._alarms,
            "metrics": self._metrics,
            "metric-filters": self._metric_filters,
            "log-groups": self._log_groups,
            "dashboards": self._dashboards,
            "anomaly-detectors": self._anomaly_detectors,
            "insight-rules": self._insight_rules,
            "resources": self._resources,
        }
        if part in EXTRA_PARTS:
            return EXTRA_PARTS[part](self.calls, self.request, self.folder)
        return read[part]()

    def _alarms(self) -> Rows:
        alarms = [
            {"AlarmType": kind, **plain(alarm)}
            for page in self.calls.pages("cloudwatch:DescribeAlarms", AlarmTypes=list(ALARMS), MaxRecords=MOST_ALARMS)
            for kind, key in ALARMS.items()
            for alarm in page.get(key, ())
        ]
        tags = self._tags_of([alarm["AlarmArn"] for alarm in alarms])
        for alarm in alarms:
            yield {**alarm, "Tags": None if tags is None else self.request.kept_tags(tags.get(alarm["AlarmArn"], {}))}

    def _tags_of(self, arns: list[str]) -> Mapping[str, Mapping[str, str]] | None:
        """The tags of alarms: all at once, else alarm by alarm; None where neither may be called."""
        try:
            return self._resource_tags()
        except CallFailed as error:
            if error.code not in DENIED:
                self.folder.note(self.calls.problem("alarms", error))
                return None
        action = "cloudwatch:ListTagsForResource"
        try:
            return {arn: tags_of(self.calls.call(action, ResourceARN=arn).get("Tags", ())) for arn in arns}
        except CallFailed as error:
            self.folder.note(self.calls.problem("alarms", error))
            return None

    def _resource_tags(self) -> dict[str, dict[str, str]]:
        """ARN to tags, of resources of services with packs, of alarms and of log groups; read once."""
        if self._tagged is None:
            try:
                self._tagged = {
                    resource["ResourceARN"]: tags_of(resource.get("Tags", ()))
                    for page in self.calls.pages(
                        "tag:GetResources",
                        "PaginationToken",
                        ResourceTypeFilters=[*RESOURCE_TYPES, ALARM, LOG_GROUP],
                        ResourcesPerPage=MOST_RESOURCES,
                    )
                    for resource in page.get("ResourceTagMappingList", ())
                }
            except CallFailed as error:
                self._tagged = error
        if isinstance(self._tagged, CallFailed):
            raise self._tagged
        return self._tagged

    def _resources(self) -> Rows:
        for arn, tags in self._resource_tags().items():
            service = arn.split(":")[2]
            if not (service == "logs" or (service == "cloudwatch" and ":alarm:" in arn)):
                yield {"ResourceARN": arn, "Tags": self.request.kept_tags(tags)}

    def _metrics(self) -> Rows:
        linked: dict[str, Any] = {}
        if self.request.linked and self.calls.account == self.request.hub:
            linked = {"IncludeLinkedAccounts": True}
        for page in self.calls.pages("cloudwatch:ListMetrics", **linked):
            metrics = page.get("Metrics", ())
            # The owners have the metrics' order.
            owners = page.get("OwningAccounts") or [self.calls.account] * len(metrics)
            yield from (metric_row(metric, owner) for metric, owner in zip(metrics, owners, strict=False))

    def _metric_filters(self) -> Rows:
        for page in self.calls.pages("logs:DescribeMetricFilters", "nextToken", limit=MOST_FILTERS):
            yield from (plain(row) for row in page.get("metricFilters", ()))

    def _log_groups(self) -> Rows:
        try:
            tags: Mapping[str, Mapping[str, str]] | None = self._resource_tags()
        except CallFailed:
            tags = None
        for page in self.calls.pages("logs:DescribeLogGroups", "nextToken", limit=MOST_GROUPS):
            for group in page.get("logGroups", ()):
                arn = str(group.get("arn", "")).removesuffix(":*")
                own = {} if tags is None else {"Tags": self.request.kept_tags(tags.get(arn, {}))}
                yield {**plain(group), **own}

    def _dashboards(self) -> Rows:
        for page in self.calls.pages("cloudwatch:ListDashboards"):
            for entry in page.get("DashboardEntries", ()):
                try:
                    answer = self.calls.call("cloudwatch:GetDashboard", DashboardName=entry["DashboardName"])
                except CallFailed as error:
                    if error.code in DENIED:
                        raise
                    self.folder.note(self.calls.problem("dashboards", error))
                    continue
                yield {
                    "DashboardName": entry["DashboardName"],
                    "DashboardArn": entry.get("DashboardArn"),
                    "LastModified": plain(entry.get("LastModified")),
                    "DashboardBody": parsed(answer.get("DashboardBody", "")),
                }

    def _anomaly_detectors(self) -> Rows:
        kinds = ["SINGLE_METRIC", "METRIC_MATH"]
        action = "cloudwatch:DescribeAnomalyDetectors"
        for page in self.calls.pages(action, AnomalyDetectorTypes=kinds, MaxResults=MOST_DETECTORS):
            yield from (plain(row) for row in page.get("AnomalyDetectors", ()))

    def _insight_rules(self) -> Rows:
        for page in self.calls.pages("cloudwatch:DescribeInsightRules", MaxResults=MOST_RULES):
            for rule in page.get("InsightRules", ()):
                yield {**plain(rule), "Definition": parsed(rule.get("Definition", ""))}
