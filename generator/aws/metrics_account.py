"""Metrics of what watches and of whole accounts: logs, canaries, traces, sign-in, quotas and the bill."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

_LOG_GROUP = "LogGroupName"
# PolicyLevel replaces the log group where an account-level filter forwards. Two of the sets are from
# recall.
_FORWARDING = (
    "DestinationType, FilterName, LogGroupName | DestinationType, FilterName, PolicyLevel | LogGroupName"
    " | FilterName, LogGroupName | DestinationType, LogGroupName | -"
)
# With `Account Metrics` the sum over all operations, else one operation.
_LOGS_USAGE = "Class, Resource, Service, Type | Account Metrics"

LOGS = namespace(
    "AWS/Logs",
    "AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html",
    rows(f"- | {_LOG_GROUP}", "Bytes", "IncomingBytes"),
    rows(f"- | {_LOG_GROUP}", "None", "IncomingLogEvents LogEventsWithFindings"),
    rows(_LOG_GROUP, "None", "EMFParsingErrors EMFValidationErrors EMFDisabledErrors"),
    rows(_FORWARDING, "None", "DeliveryErrors DeliveryThrottling ForwardedLogEvents"),
    rows(_FORWARDING, "Bytes", "ForwardedBytes"),
    rows(f"{_LOG_GROUP} | PolicyLevel", "Bytes", "TransformedBytes"),
    rows(f"{_LOG_GROUP} | PolicyLevel", "None", "TransformationErrors TransformedLogEvents"),
    rows("SourceAccount, SourceRegion", "Bytes", "IncomingCopiedBytes"),
    rows("SourceAccount, SourceRegion", "None", "IncomingCopiedLogEvents"),
    rows("DestinationRegion", "Bytes", "OutgoingCopiedBytes"),
    rows("DestinationRegion", "None", "OutgoingCopiedLogEvents CentralizationThrottled"),
    rows("ErrorType", "None", "CentralizationError"),
    rows(_LOGS_USAGE, "None", "CallCount ErrorCount ThrottleCount"),
    rows(_LOG_GROUP, "None", "AnomalyCount"),
    open_ended=True,
)

_CLIENT = "UserPool, UserPoolClient"
_FEDERATION = "IdentityProvider, UserPool, UserPoolClient"
_RISK = "Operation, UserPoolId"
_RISK_LEVEL = "Operation, RiskLevel, UserPoolId"

COGNITO = namespace(
    "AWS/Cognito",
    "cognito/latest/developerguide/metrics-for-cognito-user-pools.html",
    rows(
        _CLIENT,
        "Count",
        "SignUpSuccesses SignUpThrottles SignInSuccesses SignInThrottles TokenRefreshSuccesses TokenRefreshThrottles",
    ),
    rows(_FEDERATION, "Count", "FederationSuccesses FederationThrottles"),
    rows(_RISK, "Count", "Risk NoRisk"),
    # Until 2023 the page wrote AccountTakeOverRisk, and Grafana still writes CompromisedCredentialsRisk.
    rows(
        _RISK_LEVEL,
        "Count",
        "CompromisedCredentialRisk CompromisedCredentialsRisk AccountTakeoverRisk AccountTakeOverRisk OverrideBlock",
    ),
)

# The set without dimensions, over all canaries, is from recall.
_CANARY = "CanaryName | Browser, CanaryName | -"
_CANARY_OR_STEP = f"{_CANARY} | CanaryName, StepName | Browser, CanaryName, StepName"

SYNTHETICS = namespace(
    "CloudWatchSynthetics",
    "AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html",
    rows(_CANARY_OR_STEP, "Percent", "SuccessPercent"),
    rows(_CANARY_OR_STEP, "Milliseconds", "Duration"),
    rows(
        _CANARY,
        "Count",
        "2xx 4xx 5xx Failed Failed~requests RetryCount VisualMonitoringTotalComparisons",
    ),
    rows(
        _CANARY,
        "Percent",
        "SuccessPercentWithRetries SuccessPercentDryRun VisualMonitoringSuccessPercent EphemeralStorageUsagePercent",
    ),
    rows(_CANARY, "Milliseconds", "DurationDryRun"),
)

# No page of AWS lists these. The second and third set are from aws-samples' PetSite dashboards and public
# alarms.
_TRACES = (
    "GroupName | GroupName, ServiceName, ServiceType | Environment, GroupName, ServiceName, ServiceType"
    " | ServiceName, ServiceType"
)

X_RAY = namespace(
    "AWS/X-Ray",
    "xray/latest/devguide/xray-console-groups.html",
    rows(_TRACES, "Count", "ApproximateTraceCount TracedRequestCount"),
    rows(_TRACES, "None", "ErrorRate FaultRate OkRate ThrottleRate"),
    rows(_TRACES, "Seconds", "ResponseTime"),
    open_ended=True,
)

_USAGE = "Class, Resource, Service, Type | Resource, Service, Type"

USAGE = namespace(
    "AWS/Usage",
    "AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html",
    rows(_USAGE, "None", "CallCount ErrorCount ThrottleCount ResourceCount"),
    open_ended=True,
)

# Published in us-east-1 only, and for linked accounts only in the account that pays. The sets are from
# recall.
BILLING = namespace(
    "AWS/Billing",
    "AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html",
    rows(
        "Currency | Currency, ServiceName | Currency, LinkedAccount | Currency, LinkedAccount, ServiceName",
        "None",
        "EstimatedCharges",
    ),
)
