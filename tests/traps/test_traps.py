"""The traps of AWS monitoring that this part can meet: the build refuses them, or the template gets them right.

Each row says the fact and the AWS page it is from; the rest of the traps are the BAD examples of the checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.support import built, codes, spec

CW = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
LOGS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/"
STACKSETS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs.html"
LAG = "lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}"
LAMBDA = "{filter: null, namespace: AWS/Lambda, name: Duration, dimensions: {FunctionName: pay}}"

WATCHER = {"Fn::GetAtt": ["PathWatcherFunction", "Arn"]}


def counting(pattern: str, **examples: str) -> str:
    """A pattern and a line that it is meant to match, or to ignore."""
    lines = {name: [line] for name, line in examples.items()}
    return yaml.safe_dump({"metric_filters": {"errors": {"pattern": pattern, "examples": lines}}})


REFUSED = [
    ("SNS action on a topic with the managed key", "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
     "alarms: {errors: {actions: ['arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod']}}", "T13"),
    ("[ERROR] unquoted is one field, every line", LOGS + "FilterAndPatternSyntax.html",
     "metric_filters: {errors: {pattern: '[ERROR]'}}", "T02"),
    ("single quotes are no quotes in JSON patterns", LOGS + "FilterAndPatternSyntax.html",
     "metric_filters: {errors: {pattern: \"{ $.a = 'b' }\"}}", "T03"),
    ("a condition on another slot's field is refused", LOGS + "FilterAndPatternSyntax.html",
     "metric_filters: {errors: {pattern: '[a, b = 4* && c > 1, c]'}}", "T03"),
    ("IS NOT and EXISTS do not exist", LOGS + "FilterAndPatternSyntax.html",
     "metric_filters: {errors: {pattern: '{ $.a IS NOT NULL }'}}", "T03"),
    ("parentheses do not exist in regular expressions", LOGS + "FilterAndPatternSyntax.html",
     "metric_filters: {errors: {pattern: '%(a|b)%'}}", "T03"),
    ("a pattern has at most 1,024 characters", LOGS + "FilterAndPatternSyntax.html",
     f"metric_filters: {{errors: {{pattern: '{'a' * 1025}'}}}}", "T03"),
    ("a value field that the pattern does not name", LOGS + "MonitoringLogData.html",
     "metric_filters: {errors: {metric: {value: $took}}}", "T04"),
    ("DefaultValue and Dimensions exclude each other", LOGS + "MonitoringLogData.html",
     "metric_filters: {errors: {pattern: '{ $.a = 1 }', metric: {dimensions: {S: $.s}}}}\n"
     "alarms: {errors: {metric: {dimensions: {S: x}}}}", "T05"),
    ("at most three dimensions", LOGS + "MonitoringLogData.html",
     "metric_filters: {errors: {pattern: '{ $.a = 1 }', metric: {default: null,"
     " dimensions: {A: $.a, B: $.b, C: $.c, D: $.d}}}}", "T04"),
    ("AWS/ namespaces are reserved", CW + "cloudwatch_concepts.html",
     "metric_filters: {errors: {metric: {namespace: AWS/Shop}}}", "T21"),
    ("metric names are case-sensitive", "https://docs.aws.amazon.com/apigateway/latest/developerguide/",
     "alarms: {errors: {metric: {filter: null, namespace: AWS/ApiGateway, name: 5xxError,"
     " dimensions: {ApiName: a}}}}", "T06"),
    ("dimensions are part of the metric", CW + "cloudwatch_concepts.html",
     "alarms: {errors: {metric: {filter: null, namespace: AWS/Lambda, name: Errors, dimensions: {Function: a}}}}",
     "T07"),
    ("no period of 90 seconds", API + "API_PutMetricAlarm.html", "alarms: {errors: {period: 90s}}", "T09"),
    ("no window over a day below hourly periods", API + "API_PutMetricAlarm.html",
     "alarms: {errors: {period: 5m, datapoints: 289 of 289}}", "T09"),
    ("a filter's metric is published once a minute", CW + "publishingMetrics.html", "alarms: {errors: {period: 10s}}", "T10"),
    ("more than ten metrics in a math alarm", API + "API_PutMetricAlarm.html",
     "alarms: {errors: {in: hub, over: all-accounts, statistic: p99}}\naccounts: {"
     + ", ".join(f"a{n}: {{id: '{n:012d}'}}" for n in range(1, 12)) + "}", "Q11"),
    ("composites in a circle", CW + "alarm-combining.html",
     "composites: {a: {rule: errors and b}, b: {rule: errors and a}}", "R09"),
    ("a composite and its children on different sides", API + "API_PutCompositeAlarm.html",
     f"alarms: {{{LAG}}}\ncomposites: {{a: {{in: hub, rule: errors and lag}}}}", "R07"),
    ("a composite that is always false", CW + "alarm-combining.html",
     f"alarms: {{errors: {{enabled: false}}, {LAG}}}\ncomposites: {{a: {{rule: errors and lag}}}}", "T12"),
    ("one sink and one role of a name in an account", CW + "CloudWatch-Unified-Cross-Account.html",
     "environments: [dev, prod]", "R10"),
    ("an account cannot link to its own sink", CW + "CloudWatch-Unified-Cross-Account.html",
     "accounts: {hub: {id: '111111111111'}}", "R03"),
    ("the hub sees only what is shared", CW + "CloudWatch-Unified-Cross-Account.html",
     "access: {sharing: [logs]}\nalarms: {errors: {in: hub}}", "T16"),
    ("$n is no alias in Contributor Insights", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, format: clf, fields: {ip: 1}, keys: [$2]}}", "T19"),
    ("missing data that is not breaching", CW + "alarms-and-missing-data.html",
     "alarms: {errors: {missing_data: missing}}", "H01"),
    ("a severity that nobody hears of", CW + "acting-alarm-changes.html", "routes: {medium: null}", "H10"),
    ("a log group of a year", LOGS + "Working-with-log-groups-and-streams.html",
     "log_groups: {application: {retention: 365d}}", "H02"),
    ("a term is a substring: ERROR is in ERRORCODE", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting("ERROR", ignore="ERRORCODE=0"), "T01"),
    ("patterns are case-sensitive", LOGS + "FilterAndPatternSyntax.html", counting("error", match="ERROR x"), "T01"),
    ("?terms beside a plain term are ignored", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting("ERROR ?timeout ?refused", ignore="ERROR disk full"), "T01"),
    ("anything but letters, digits and _ wants quotes", LOGS + "FilterAndPatternSyntax.html", counting("a-b"), "T03"),
    ("the last slot takes the rest: [w = ERROR] is the whole line", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting("[w = ERROR]", match="ERROR it broke"), "T01"),
    ("fewer words than slots do not match", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting("[day, level = ERROR, rest]", match="monday ERROR"), "T01"),
    ("a text in front of the JSON, as of Lambda, and { } never matches", LOGS + "FilterAndPatternSyntax.html",
     counting('{ $.level = "ERROR" }', match='12:00 id {"level": "ERROR"}'), "T01"),
    ("!= does not match where the field is missing", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting('{ $.code != "ok" }', match='{"level": "ERROR"}'), "T01"),
    ("IS NULL is false for a field that is missing", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting("{ $.user IS NULL }", match='{"level": "ERROR"}'), "T01"),
    ("NOT EXISTS is false for null", LOGS + "FilterAndPatternSyntaxForMetricFilters.html",
     counting("{ $.user NOT EXISTS }", match='{"user": null}'), "T01"),
    ("one wildcard in a selector", LOGS + "FilterAndPatternSyntax.html", counting("{ $.a[*].b[*] = 1 }"), "T03"),
    ("two regular expressions in a pattern", LOGS + "FilterAndPatternSyntax.html",
     counting("{ $.a = %x% && $.b = %y% && $.c = %z% }"), "T03"),
    ("dimensions come from fields, which terms do not have", LOGS + "MonitoringLogData.html",
     "metric_filters: {errors: {metric: {default: null, dimensions: {S: $s}}}}", "T04"),
    ("a metric's name has no : * $", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/",
     "metric_filters: {errors: {metric: {name: 'Errors:5xx'}}}", "T21"),
    ("an alarm in members has no metric of the hub's logs", LOGS + "MonitoringLogData.html",
     "log_groups: {hub: {name: '/hub/{environment}', in: hub}}\nmetric_filters: {errors: {log_group: hub}}", "T08"),
    ("a dimension that the filter emits and the alarm leaves out", CW + "cloudwatch_concepts.html",
     "metric_filters: {errors: {pattern: '{ $.a = 1 }', metric: {default: null, dimensions: {S: $.s}}}}", "T08"),
    ("a namespace in the wrong case", CW + "aws-services-cloudwatch-metrics.html",
     "alarms: {errors: {metric: {filter: null, namespace: AWS/lambda, name: Errors}}}", "T06"),
    ("no window over a week", API + "API_PutMetricAlarm.html",
     "alarms: {errors: {period: 1d, datapoints: 1 of 8}}", "T09"),
    ("no period of half an hour and a second", API + "API_PutMetricAlarm.html", "alarms: {errors: {period: 1801s}}", "T09"),
    ("AWS/ metrics come once a minute at best", CW + "publishingMetrics.html",
     f"alarms: {{errors: {{metric: {LAMBDA}, period: 30s}}}}", "T10"),
    ("M of N, and M at most N", API + "API_PutMetricAlarm.html", "alarms: {errors: {datapoints: 3 of 2}}", "S03"),
    ("no comparison for equality", API + "API_PutMetricAlarm.html", "alarms: {errors: {threshold: '== 5'}}", "S03"),
    ("at most five actions in a state", API + "API_PutMetricAlarm.html",
     f"alarms: {{errors: {{actions: {[f'arn:aws:lambda:us-east-1:111111111111:function:f{n}' for n in range(6)]}}}}}",
     "R07"),
    ("an action is an ARN", API + "API_PutMetricAlarm.html", "alarms: {errors: {actions: [page]}}", "S03"),
    ("a description has 1,024 characters", API + "API_PutMetricAlarm.html",
     f"alarms: {{errors: {{summary: {'x' * 1025}}}}}", "S03"),
    ("a count below nothing", CW + "AlarmThatSendsEmail.html", "alarms: {errors: {threshold: '< 0'}}", "T23"),
    ("p99.9 of few samples", CW + "AlarmThatSendsEmail.html",
     "alarms: {errors: {metric: {filter: null, namespace: Shop, name: L}, statistic: p99.9}}", "T15"),
    ("an alarm never looks into another Region", CW + "CloudWatch-Unified-Cross-Account.html",
     "regions: [us-east-1, eu-west-1]\nalarms: {errors: {in: hub}}", "T17"),
    ("a composite's child that is not there", API + "API_PutCompositeAlarm.html",
     "composites: {a: {rule: errors and nothing}}", "R02"),
    ("more than a hundred children", API + "API_PutCompositeAlarm.html",
     "alarms: {" + ", ".join(f"a{n}: {{metric: {{filter: errors}}, statistic: Sum, threshold: '> {n}'}}" for n in range(101))
     + "}\ncomposites: {down: {rule: " + " or ".join(f"a{n}" for n in range(101)) + "}}", "T11"),
    ("four keys make a contributor", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, keys: [$.a, $.b, $.c, $.d, $.e]}}", "S03"),
    ("four filters in a rule", CW + "ContributorInsights-RuleSyntax.html",
     f"contributor_insights: {{c: {{log_group: application, keys: [$.a], filters: [{', '.join(['{match: $.a, equal: 1}'] * 5)}]}}}}",
     "S03"),
    ("ten texts in a filter", CW + "ContributorInsights-RuleSyntax.html",
     f"contributor_insights: {{c: {{log_group: application, keys: [$.a], filters: [{{match: $.a, in: {list('abcdefghijk')}}}]}}}}",
     "S03"),
    ("positions in CLF count from 1", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, format: clf, fields: {ip: 0}, keys: [ip]}}", "T19"),
    ("a JSON key starts with $.", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, keys: [caller]}}", "T19"),
    ("Sum wants ValueOf", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, keys: [$.a], aggregate: sum}}", "T19"),
    ("Count has no ValueOf", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, keys: [$.a], value_of: $.b}}", "T19"),
    ("an alarm widget of no alarm", API + "CloudWatch-Dashboard-Body-Structure.html",
     "alarms: {errors: {enabled: false}}\ndashboards: {shop: {widgets: [{type: alarms, alarms: [errors]}]}}", "T22"),
    ("a gauge without ends", API + "CloudWatch-Dashboard-Body-Structure.html",
     "dashboards: {shop: {widgets: [{type: metric, title: x, metrics: [errors], view: gauge}]}}", "R06"),
    ("a search ends at a single quote", CW + "search-expression-syntax.html",
     "dashboards: {shop: {widgets: [{type: metric, title: x, search: \"{AWS/Lambda} MetricName='Errors'\"}]}}", "S03"),
    ("bars of lines that nobody counted", CW + "CloudWatch_Logs_Insights.html",
     "dashboards: {shop: {widgets: [{type: logs, title: x, log_group: application, view: bar, query: limit 20}]}}", "R07"),
    ("a dashboard's name has no dot", API + "API_PutDashboard.html", "dashboards: {a.b: auto}", "S03"),
    ("a log table of members without shared logs", CW + "CloudWatch-Unified-Cross-Account.html",
     "access: {sharing: [metrics]}\n"
     "dashboards: {shop: {widgets: [{type: logs, title: x, log_group: application, query: fields @message}]}}", "T16"),
    ("an account id without quotes loses its zeros", "https://docs.aws.amazon.com/accounts/latest/reference/",
     "accounts: {delta: {id: 12345678901}}", "S03"),
    ("tags do not begin with aws:", "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html",
     "tags: {'aws:team': shop}", "Q12"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "page", "change", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_trap_is_refused(fact: str, page: str, change: str, code: str) -> None:
    assert page.startswith("https://docs.aws.amazon.com/"), fact
    assert code in codes(spec(change))


class Templates:
    """Both templates of a spec, and short ways into them."""

    def __init__(self, change: str) -> None:
        made = built(spec(change))
        assert made.artifacts, made.findings
        self.hub = made.templates["prod"]["hub.template.yaml"]
        self.member = made.templates["prod"]["member.template.yaml"]

    def properties(self, logical_id: str) -> dict[str, Any]:
        resources = {**self.hub["Resources"], **self.member["Resources"]}
        return dict(resources[logical_id]["Properties"])

    def all(self, kind: str) -> list[dict[str, Any]]:
        every = [*self.hub["Resources"].values(), *self.member["Resources"].values()]
        return [resource["Properties"] for resource in every if resource["Type"] == kind]

    def alarms(self) -> list[dict[str, Any]]:
        return [*self.all("AWS::CloudWatch::Alarm"), *self.all("AWS::CloudWatch::CompositeAlarm")]

    def targets(self) -> list[dict[str, Any]]:
        return [target for rule in self.all("AWS::Events::Rule") for target in rule["Targets"]]


FULL = (
    "audit: {alarm_changes: true}\ndashboards: {overview: auto}\n"
    f"alarms: {{{LAG}, slow: {{metric: {LAMBDA}, statistic: p99, threshold: '> 1'}},"
    " far: {in: hub, metric: {filter: errors}, statistic: Sum, threshold: '> 1'}}\n"
    "composites: {down: {rule: (errors or lag) and not slow, suppressed_by: slow}}\n"
    "contributor_insights: {c: {log_group: application, keys: [$.c]}}"
)
UNITS = "organizational_units: [ou-ab12-cdefgh34]"
REGIONS = "regions: [us-east-1, eu-west-1]"
FLEET = "alarms: {far: {in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: '> 1'}}"
BY_SERVICE = (
    "metric_filters: {errors: {pattern: '{ $.a = 1 }', metric: {default: null, dimensions: {S: $.s}}}}\n"
    "alarms: {errors: {metric: {dimensions: {S: pay}}}}"
)

RIGHT: list[tuple[str, str, str, Callable[[Templates], object]]] = [
    ("no alarm has an SNS action", CW + "acting-alarm-changes.html", FULL,
     lambda t: all(alarm.get("AlarmActions", [WATCHER]) == [WATCHER] for alarm in t.all("AWS::CloudWatch::Alarm"))),
    ("only the functions may publish to the topic", "https://docs.aws.amazon.com/sns/latest/dg/", FULL,
     lambda t: t.properties("TopicPolicy")["PolicyDocument"]["Statement"][0]["Principal"]
     == {"AWS": [{"Fn::GetAtt": [role, "Arn"]} for role in ("NotifierRole", "PathWatcherRole")]}),
    ("a log group's ARN has no :* for EventBridge", EVENTS + "eb-use-resource-based.html", FULL,
     lambda t: t.properties("AuditRule")["Targets"][0]["Arn"]["Fn::Sub"].endswith("alarm-state-changes-prod")),
    ("a log group target has no role", EVENTS + "eb-use-resource-based.html", FULL,
     lambda t: "RoleArn" not in t.properties("AuditRule")["Targets"][0]),
    ("the log group's policy admits both services", EVENTS + "eb-use-resource-based.html", FULL,
     lambda t: json.loads(t.properties("EventLogPolicy")["PolicyDocument"])["Statement"][0]["Principal"]
     == {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}),
    ("a bus as target has a role", EVENTS + "eb-cross-account.html", FULL,
     lambda t: "RoleArn" in t.properties("ForwardingRule")["Targets"][0]),
    ("every target retries and has dead letters", EVENTS + "eb-rule-retry-policy.html", FULL,
     lambda t: all("RetryPolicy" in target and "DeadLetterConfig" in target for target in t.targets())),
    ("the queue's policy names the rules", EVENTS + "eb-rule-dlq.html", FULL,
     lambda t: "aws:SourceArn" in str(t.properties("EventDeadLettersPolicy")["PolicyDocument"])),
    ("the bus admits forwarding roles of the organization's named accounts", EVENTS + "eb-event-bus-perms.html", FULL,
     lambda t: t.properties("AccountsBusPolicy")["Statement"]["Condition"]
     == {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5",
                          "aws:PrincipalAccount": ["222222222222", "333333333333", "444444444444"]},
         "ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/alarm-forwarding-role-us-east-1-prod"]}}),
    ("PrincipalOrgPaths has several values, and wants ForAnyValue",
     "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html", UNITS,
     lambda t: t.properties("UnitsBusPolicy")["Statement"]["Condition"]["ForAnyValue:StringLike"]
     == {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/*/ou-ab12-cdefgh34/*"]}),
    ("the visibility time-out is six times the function's", "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
     FULL, lambda t: t.properties("IncidentQueue")["VisibilityTimeout"] >= 6 * t.properties("IncidentFunction")["Timeout"]),
    ("partial batch responses are on", "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
     FULL, lambda t: t.properties("IncidentQueueToFunction")["FunctionResponseTypes"] == ["ReportBatchItemFailures"]),
    ("percentiles are extended statistics", API + "API_PutMetricAlarm.html", FULL,
     lambda t: t.properties("AlarmSlow")["ExtendedStatistic"] == "p99" and "Statistic" not in t.properties("AlarmSlow")),
    ("no alarm has a unit", API + "API_PutMetricAlarm.html", FULL,
     lambda t: not any("Unit" in alarm for alarm in t.all("AWS::CloudWatch::Alarm"))),
    ("a member's metric is named in the list form", API + "API_MetricDataQuery.html", FULL,
     lambda t: t.properties("AlarmFarInAlpha")["Metrics"][0]["AccountId"] == "222222222222"
     and "MetricName" not in t.properties("AlarmFarInAlpha")),
    ("a composite is parenthesised in full", CW + "alarm-combining.html", FULL,
     lambda t: t.properties("CompositeDown")["AlarmRule"]["Fn::Sub"]
     == '(ALARM("${AlarmErrors}") OR ALARM("${AlarmLag}")) AND NOT ALARM("${AlarmSlow}")'),
    ("both suppressor periods are there", API + "API_PutCompositeAlarm.html", FULL,
     lambda t: {"ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"} <= t.properties("CompositeDown").keys()),
    ("an insight rule always has Filters", CW + "ContributorInsights-RuleSyntax.html", FULL,
     lambda t: json.loads(t.properties("InsightC")["RuleBody"])["Contribution"]["Filters"] == []),
    ("insights of the hub name log groups by ARN", CW + "ContributorInsights-RuleSyntax.html", FULL,
     lambda t: json.loads(t.properties("InsightC")["RuleBody"])["LogGroupARNs"][0].startswith("arn:aws:logs:us-east-1:2")),
    ("a filter has one transformation", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/", FULL,
     lambda t: all(len(f["MetricTransformations"]) == 1 for f in t.all("AWS::Logs::MetricFilter"))),
    ("a dashboard's widget names its Region and accounts", API + "CloudWatch-Dashboard-Body-Structure.html", FULL,
     lambda t: all("region" in w["properties"] for w in
                   json.loads(t.properties("DashboardOverview")["DashboardBody"])["widgets"] if w["type"] == "metric")),
    ("widgets stay inside 24 columns", API + "CloudWatch-Dashboard-Body-Structure.html", FULL,
     lambda t: all(w["x"] + w["width"] <= 24 for w in
                   json.loads(t.properties("DashboardOverview")["DashboardBody"])["widgets"])),
    ("OAM tags are a mapping", "https://docs.aws.amazon.com/OAM/latest/APIReference/", FULL,
     lambda t: isinstance(t.properties("Sink")["Tags"], dict)),
    ("the sink admits the organization and the shared types", CW + "CloudWatch-Unified-Cross-Account.html", FULL,
     lambda t: set(t.properties("Sink")["Policy"]["Statement"][0]["Condition"])
     == {"ForAllValues:StringEquals", "StringEquals"}),
    ("a unit that holds the hub does not link it to itself", CW + "CloudWatch-Unified-Cross-Account.html", UNITS,
     lambda t: t.member["Resources"]["Link"]["Condition"] == "IsLinked"
     and t.member["Resources"]["ForwardingRule"]["Condition"] == "IsNotHub"),
    ("IAM is global: one Region makes the role", "https://docs.aws.amazon.com/IAM/latest/UserGuide/", REGIONS,
     lambda t: t.member["Resources"]["MonitoringRole"]["Condition"] == "IsFirstRegion"),
    ("composites are told only to whoever may see every alarm",
     "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html", FULL,
     lambda t: [one["Resource"] for one in t.properties("MonitoringRole")["Policies"][0]["PolicyDocument"]["Statement"]
                if "cloudwatch:DescribeAlarms" in one["Action"]] == [["*"]]),
    ("links stay in the hub's Region", CW + "CloudWatch-Unified-Cross-Account.html", REGIONS,
     lambda t: t.member["Conditions"]["IsLinked"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}),
    ("no macros and no nested stacks in members", STACKSETS, FULL,
     lambda t: "Transform" not in t.member and "Mappings" not in t.member
     and not t.all("AWS::CloudFormation::Stack")),
    ("nothing is retained", "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/", FULL,
     lambda t: "Retain" not in json.dumps([t.hub, t.member]).replace("RetainS", "")),
    ("the role trusts named roles, an external id, the organization",
     "https://docs.aws.amazon.com/IAM/latest/UserGuide/", FULL,
     lambda t: t.properties("MonitoringRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
     == {"AWS": ["arn:aws:iam::111111111111:role/monitoring-reader-role-prod"]}),
    ("alarms are told apart by the end of their name", EVENTS + "eb-create-pattern-operators.html", FULL,
     lambda t: t.properties("IncidentRule")["EventPattern"]["detail"]
     == {"alarmName": [{"suffix": "-alarm-prod"}]}),
    ("a queue that EventBridge writes to has no managed KMS key", EVENTS + "eb-rule-dlq.html", FULL,
     lambda t: not any("KmsMasterKeyId" in queue for queue in t.all("AWS::SQS::Queue"))),
    ("a dead-letter queue of EventBridge is a standard one", EVENTS + "eb-rule-dlq.html", FULL,
     lambda t: not any("FifoQueue" in q or q["QueueName"].endswith(".fifo") for q in t.all("AWS::SQS::Queue"))),
    ("a rule has at most five targets", EVENTS + "eb-quota.html", FULL,
     lambda t: all(1 <= len(rule["Targets"]) <= 5 for rule in t.all("AWS::Events::Rule"))),
    ("retries are within a day and 185", EVENTS + "eb-rule-retry-policy.html", FULL,
     lambda t: all(60 <= target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86_400
                   and target["RetryPolicy"]["MaximumRetryAttempts"] <= 185 for target in t.targets())),
    ("alarm events come on the default bus of their account", CW + "cloudwatch-and-eventbridge.html", FULL,
     lambda t: not any("EventBusName" in t.properties(rule) for rule in ("ForwardingRule", "HubForwardingRule"))),
    ("an event from another account goes on within the hub only", EVENTS + "eb-cross-account.html", FULL,
     lambda t: all(t.properties(rule)["EventBusName"] == {"Ref": "Bus"} and "event-bus" not in str(t.properties(rule))
                   for rule in ("IncidentRule", "AuditRule"))),
    ("the sender's role may put events on the hub's bus and nothing else", EVENTS + "eb-cross-account.html", FULL,
     lambda t: [s["Resource"] for p in t.properties("ForwardingRole")["Policies"] for s in p["PolicyDocument"]["Statement"]]
     == [[t.properties("ForwardingRule")["Targets"][0]["Arn"]]]),
    ("a rule matches state changes, not changes of configuration", CW + "cloudwatch-and-eventbridge.html", FULL,
     lambda t: not any("Configuration" in str(rule) for rule in t.all("AWS::Events::Rule"))),
    ("every alarm's name has the end that the rule looks for", EVENTS + "eb-create-pattern-operators.html", FULL,
     lambda t: all(alarm["AlarmName"].endswith("-alarm-prod") != alarm["AlarmName"].startswith("path-watch-")
                   for alarm in t.alarms())),
    ("a log policy is one of ten in a Region: there is one", LOGS + "cloudwatch_limits_cwl.html", FULL,
     lambda t: len(t.all("AWS::Logs::ResourcePolicy")) == 1),
    ("a log policy covers the streams of the group", EVENTS + "eb-use-resource-based.html", FULL,
     lambda t: json.loads(t.properties("EventLogPolicy")["PolicyDocument"])["Statement"][0]["Resource"]
     == [f"arn:aws:logs:us-east-1:111111111111:log-group:/aws/events/{name}-prod:*"
         for name in ("alarm-state-changes", "heartbeats")]),
    ("the audit trail has the name that the console expects", EVENTS + "eb-use-resource-based.html", FULL,
     lambda t: t.properties("AuditLogGroup")["LogGroupName"].startswith("/aws/events/")),
    ("the policy is there before the rule writes", EVENTS + "eb-use-resource-based.html", FULL,
     lambda t: "EventLogPolicy" in t.hub["Resources"]["AuditRule"]["DependsOn"]),
    ("the publishing role is named in the topic's policy, and needs no KMS statement",
     "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html", FULL,
     lambda t: "kms:" not in json.dumps(t.properties("NotifierRole")) and "sns:Publish" in str(t.properties("NotifierRole"))),
    ("a default value does not replace missing data", LOGS + "MonitoringLogData.html", FULL,
     lambda t: t.properties("FilterErrors")["MetricTransformations"][0]["DefaultValue"] == 0
     and all(alarm["TreatMissingData"] == "breaching" for alarm in t.all("AWS::CloudWatch::Alarm")
             if alarm["AlarmName"].endswith("-alarm-prod"))),
    ("a filter with dimensions has no default value", LOGS + "MonitoringLogData.html", BY_SERVICE,
     lambda t: "DefaultValue" not in t.properties("FilterErrors")["MetricTransformations"][0]
     and t.properties("FilterErrors")["MetricTransformations"][0]["Dimensions"] == [{"Key": "S", "Value": "$.s"}]),
    ("a metric's value is text", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/", FULL,
     lambda t: t.properties("FilterErrors")["MetricTransformations"][0]["MetricValue"] == "1"),
    ("a filter's name has no : and no *", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/", FULL,
     lambda t: not any(set(f["FilterName"]) & set(":*") for f in t.all("AWS::Logs::MetricFilter"))),
    ("a filter comes after its log group", LOGS + "MonitoringLogData.html", FULL,
     lambda t: t.properties("FilterErrors")["LogGroupName"] == {"Ref": "LogGroupApplication"}),
    ('the literal text of "[ERROR]" keeps its inner quotes', LOGS + "FilterAndPatternSyntax.html", FULL,
     lambda t: t.properties("FilterErrors")["FilterPattern"] == '"[ERROR]"'),
    ("Statistic where it is no percentile", API + "API_PutMetricAlarm.html", FULL,
     lambda t: t.properties("AlarmErrors")["Statistic"] == "Sum" and "ExtendedStatistic" not in t.properties("AlarmErrors")),
    ("the list form has neither period nor statistic outside", API + "API_PutMetricAlarm.html", FULL,
     lambda t: not {"Period", "Statistic", "ExtendedStatistic", "Namespace"} & t.properties("AlarmFarInAlpha").keys()),
    ("one entry of several returns data", API + "API_PutMetricAlarm.html", FLEET,
     lambda t: [m["ReturnData"] for m in t.properties("AlarmFar")["Metrics"]].count(True) == 1),
    ("an alarm's expression does not search", CW + "search-expression-syntax.html", FLEET,
     lambda t: "SEARCH" not in json.dumps(t.properties("AlarmFar"))),
    ("ids of metrics begin in lower case", API + "API_MetricDataQuery.html", FLEET,
     lambda t: all(m["Id"][0].islower() and m["Id"].isalnum() for m in t.properties("AlarmFar")["Metrics"])),
    ("ten metrics fit into a math alarm", API + "API_PutMetricAlarm.html", FLEET,
     lambda t: len([m for m in t.properties("AlarmFar")["Metrics"] if "MetricStat" in m]) == 3),
    ("seven days of one day are a window", API + "API_PutMetricAlarm.html",
     "alarms: {errors: {period: 1d, datapoints: 1 of 7}}",
     lambda t: t.properties("AlarmErrors")["Period"] * t.properties("AlarmErrors")["EvaluationPeriods"] == 604_800),
    ("a child of a composite is there before it", API + "API_PutCompositeAlarm.html", FULL,
     lambda t: set(re.findall(r"\$\{(\w+)\}", t.properties("CompositeDown")["AlarmRule"]["Fn::Sub"]))
     == {"AlarmErrors", "AlarmLag", "AlarmSlow"} & t.member["Resources"].keys()),
    ("names in a rule are quoted", API + "API_PutCompositeAlarm.html", FULL,
     lambda t: '("${' in t.properties("CompositeDown")["AlarmRule"]["Fn::Sub"]),
    ("a child that some accounts do not have is FALSE there", API + "API_PutCompositeAlarm.html",
     f"alarms: {{{LAG}, errors: {{overrides: [{{where: {{account: beta}}, enabled: false}}]}}}}\n"
     "composites: {down: {rule: errors or lag}}",
     lambda t: t.properties("CompositeDown")["AlarmRule"]["Fn::Sub"][1]["AlarmErrorsAlarm"]["Fn::If"][2] == "FALSE"),
    ("a suppressor that some accounts do not have takes its periods with it", API + "API_PutCompositeAlarm.html",
     f"alarms: {{{LAG}, errors: {{overrides: [{{where: {{account: beta}}, enabled: false}}]}}}}\n"
     "composites: {down: {rule: lag and not errors, suppressed_by: errors}}",
     lambda t: all(t.properties("CompositeDown")[name]["Fn::If"][2] == {"Ref": "AWS::NoValue"}
                   for name in t.properties("CompositeDown") if name.startswith("ActionsSuppressor"))),
    ("a composite has no action of its own for the topic", CW + "alarm-combining.html", FULL,
     lambda t: "AlarmActions" not in t.properties("CompositeDown")),
    ("CLF fields are positions with names", CW + "ContributorInsights-RuleSyntax.html",
     "contributor_insights: {c: {log_group: application, format: clf, fields: {ip: 2, code: 4}, keys: [ip],"
     " filters: [{match: code, equal: 429}]}}",
     lambda t: json.loads(t.properties("InsightC")["RuleBody"])["Fields"] == {"2": "ip", "4": "code"}
     and json.loads(t.properties("InsightC")["RuleBody"])["Contribution"]["Filters"] == [{"Match": "code", "EqualTo": 429}]),
    ("a rule of insights is ASCII and has its schema", CW + "ContributorInsights-RuleSyntax.html", FULL,
     lambda t: t.properties("InsightC")["RuleBody"].isascii()
     and json.loads(t.properties("InsightC")["RuleBody"])["Schema"] == {"Name": "CloudWatchLogRule", "Version": 1}),
    ("a rule of insights has a state", CW + "ContributorInsights-RuleSyntax.html", FULL,
     lambda t: t.properties("InsightC")["RuleState"] == "ENABLED"),
    ("${PROP} in a label is CloudWatch's, so a body is no Sub", API + "CloudWatch-Dashboard-Body-Structure.html",
     f"{UNITS}\ndashboards: {{overview: auto}}",
     lambda t: "${PROP(" in t.properties("DashboardOverview")["DashboardBody"]),
    ("a dashboard's name has letters, digits, - and _", API + "API_PutDashboard.html", FULL,
     lambda t: all(re.fullmatch(r"[A-Za-z0-9_-]{1,255}", d["DashboardName"]) for d in t.all("AWS::CloudWatch::Dashboard"))),
    ("a chosen account reaches into searches and ARNs, where no property does", CW + "cloudwatch_dashboard_variables.html",
     "dashboards: {shop: {variables: [account], widgets: [{type: logs, title: x, log_group: application, query: limit 9}]}}",
     lambda t: json.loads(t.properties("DashboardShop")["DashboardBody"])["variables"][0]["pattern"]
     in json.loads(t.properties("DashboardShop")["DashboardBody"])["widgets"][0]["properties"]["query"]),
    ("a member's series names its account", API + "CloudWatch-Dashboard-Body-Structure.html", FULL,
     lambda t: {row[-1]["accountId"] for w in json.loads(t.properties("DashboardOverview")["DashboardBody"])["widgets"]
                for row in w["properties"].get("metrics", []) if "expression" not in row[-1]}
     == {"222222222222", "333333333333", "444444444444"}),
    ("a link shares what the sink admits", CW + "CloudWatch-Unified-Cross-Account.html", FULL,
     lambda t: t.properties("Link")["ResourceTypes"] == t.properties("Sink")["Policy"]["Statement"][0]["Condition"]
     ["ForAllValues:StringEquals"]["oam:ResourceTypes"]),
    ("a sink admits making and changing links", CW + "CloudWatch-Unified-Cross-Account.html", FULL,
     lambda t: t.properties("Sink")["Policy"]["Statement"][0]["Action"] == ["oam:CreateLink", "oam:UpdateLink"]),
    ("a label has 64 characters", "https://docs.aws.amazon.com/OAM/latest/APIReference/API_CreateLink.html", FULL,
     lambda t: t.properties("Link")["LabelTemplate"] == "$AccountName"),
    ("one sink in an account: the other environment makes none", CW + "CloudWatch-Unified-Cross-Account.html",
     "environments: [dev, prod]\naccess: {owned_by: dev}",
     lambda t: not t.all("AWS::Oam::Sink") and not t.all("AWS::Oam::Link")),
    ("accounts that join later get defaults, so every parameter but the sink has one", STACKSETS,
     f"{UNITS}\nalarms: {{errors: {{overrides: [{{where: {{account: beta}}, threshold: '> 9'}}]}}}}",
     lambda t: [name for name, p in t.member["Parameters"].items() if "Default" not in p] == ["SinkArn"]
     and len(t.member["Parameters"]) > 1),
    ("a template's description has 1,024 bytes", STACKSETS, FULL,
     lambda t: all(len(made["Description"].encode()) <= 1_024 for made in (t.hub, t.member))),
    ("the role's name has no Region, and there is one role", "https://docs.aws.amazon.com/IAM/latest/UserGuide/", REGIONS,
     lambda t: t.properties("MonitoringRole")["RoleName"] == {"Fn::Sub": "MonitoringRole-${AWS::AccountId}"}),
    ("roles of a Region have its name, since IAM is global", "https://docs.aws.amazon.com/IAM/latest/UserGuide/", REGIONS,
     lambda t: "${AWS::Region}" in t.properties("ForwardingRole")["RoleName"]["Fn::Sub"]),
    ("a function writes to a group of ours, which ends in 30 days", "https://docs.aws.amazon.com/lambda/latest/dg/", FULL,
     lambda t: t.properties("IncidentFunction")["LoggingConfig"]["LogGroup"] == {"Ref": "IncidentLogGroup"}
     and t.properties("IncidentLogGroup")["RetentionInDays"] == 30),
    ("an event is tried again before it is dead", "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html", FULL,
     lambda t: t.properties("IncidentQueue")["RedrivePolicy"]["maxReceiveCount"] == 3),
    ("dead letters outlive the queue they come from", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/", FULL,
     lambda t: t.properties("IncidentDeadLetters")["MessageRetentionPeriod"]
     > t.properties("IncidentQueue")["MessageRetentionPeriod"]),
    ("tags of an alarm are a list", "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/", FULL,
     lambda t: all({"Key": "environment", "Value": "prod"} in alarm["Tags"] for alarm in t.alarms())),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "page", "change", "holds"), RIGHT, ids=[row[0] for row in RIGHT])
def test_a_trap_is_got_right(fact: str, page: str, change: str, holds: Callable[[Templates], object]) -> None:
    assert page.startswith("https://docs.aws.amazon.com/"), fact
    assert holds(Templates(change))


def test_a_partition_follows_the_region() -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    made = Templates("hub: {region: cn-north-1}\nregions: [cn-north-1]")
    assert made.properties("ForwardingRule")["Targets"][0]["Arn"].startswith("arn:aws-cn:events:cn-north-1:")
