"""Metrics of what AWS hosts whole: language models, their agents and guardrails, and web applications of Amplify."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

# Where the page writes the unit SampleCount, CloudWatch knows Count. `-` is what the page calls "Across all model
# IDs". Read 2026-11; each of Bedrock's pages gained metrics within the year before, so the lists are open.
_MODEL = "- | ModelId"

BEDROCK = namespace(
    "AWS/Bedrock",
    "bedrock/latest/userguide/monitoring-runtime-metrics.html",
    rows(
        _MODEL,
        "Count",
        "Invocations InvocationClientErrors InvocationServerErrors InvocationThrottles InputTokenCount"
        " LegacyModelInvocations OutputTokenCount EstimatedTPMQuotaUsage CacheReadInputTokens"
        " CacheWriteInputTokens",
    ),
    rows(_MODEL, "Milliseconds", "InvocationLatency TimeToFirstToken"),
    rows(f"{_MODEL} | BucketedStepSize, ImageSize, ModelId", "Count", "OutputImageCount"),
    rows(
        "-",
        "Count",
        "ModelInvocationLogsCloudWatchDeliverySuccess ModelInvocationLogsCloudWatchDeliveryFailure"
        " ModelInvocationLogsS3DeliverySuccess ModelInvocationLogsS3DeliveryFailure"
        " ModelInvocationLargeDataS3DeliverySuccess ModelInvocationLargeDataS3DeliveryFailure",
    ),
    open_ended=True,
)

# The set without the alias is from recall; the others are in the console's directory.
_AGENT = "Operation | AgentAliasArn, ModelId, Operation | ModelId, Operation"

BEDROCK_AGENTS = namespace(
    "AWS/Bedrock/Agents",
    "bedrock/latest/userguide/monitoring-agents-cw-metrics.html",
    rows(
        _AGENT,
        "Count",
        "InvocationCount InvocationThrottles InvocationServerErrors InvocationClientErrors ModelInvocationCount"
        " ModelInvocationThrottles ModelInvocationClientErrors ModelInvocationServerErrors InputTokenCount"
        " OutputTokenCount",
    ),
    rows(_AGENT, "Milliseconds", "TotalTime TTFT ModelLatency"),
    open_ended=True,
)

# The sets with a policy's type are from recall.
_GUARDRAIL = (
    "Operation | GuardrailArn, GuardrailVersion | GuardrailArn, GuardrailPolicyType, GuardrailVersion"
    " | GuardrailContentSource, GuardrailPolicyType"
)

BEDROCK_GUARDRAILS = namespace(
    "AWS/Bedrock/Guardrails",
    "bedrock/latest/userguide/monitoring-guardrails-cw-metrics.html",
    rows(
        _GUARDRAIL,
        "Count",
        "Invocations InvocationsIntervened InvocationThrottles InvocationServerErrors InvocationClientErrors"
        " TextUnitCount",
    ),
    rows(_GUARDRAIL, "Milliseconds", "InvocationLatency"),
    open_ended=True,
)

# The page and its translations differ in the letter case of the two counts of errors: both are here.
AMPLIFY_HOSTING = namespace(
    "AWS/AmplifyHosting",
    "amplify/latest/userguide/monitoring-with-cloudwatch.html",
    rows("App", "Count", "Requests TokensConsumed 4xxErrors 4XXErrors 5xxErrors 5XXErrors"),
    rows("App", "Bytes", "BytesDownloaded BytesUploaded"),
    rows("App", "Seconds", "Latency"),
)
