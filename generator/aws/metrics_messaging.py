"""Metrics of what passes work on one piece at a time: queues, topics, events and state machines."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

SQS = namespace(
    "AWS/SQS",
    "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    rows("QueueName", "Seconds", "ApproximateAgeOfOldestMessage ApproximateAgeOfOldestMessageInQuietGroups"),
    rows(
        "QueueName",
        "Count",
        "ApproximateNumberOfMessagesVisible ApproximateNumberOfMessagesNotVisible"
        " ApproximateNumberOfMessagesDelayed ApproximateNumberOfGroupsWithInflightMessages"
        " ApproximateNumberOfNoisyGroups ApproximateNumberOfMessagesVisibleInQuietGroups"
        " ApproximateNumberOfMessagesNotVisibleInQuietGroups ApproximateNumberOfMessagesDelayedInQuietGroups"
        " NumberOfMessagesSent NumberOfMessagesReceived NumberOfMessagesDeleted NumberOfEmptyReceives"
        " NumberOfDeduplicatedSentMessages",
    ),
    rows("QueueName", "Bytes", "SentMessageSize"),
)

_TOPIC = "TopicName | Application | Application, Platform | Platform | PhoneNumber"
# The page has PhoneNumber, the console's directory the empty set and Country with SMSType; the rest is
# from recall.
_SMS = "- | PhoneNumber | Country, SMSType | Country | SMSType"

SNS = namespace(
    "AWS/SNS",
    "sns/latest/dg/sns-monitoring-using-cloudwatch.html",
    rows(
        _TOPIC,
        "Count",
        "NumberOfMessagesPublished NumberOfNotificationsDelivered NumberOfNotificationsFailed"
        " NumberOfNotificationsFilteredOut NumberOfNotificationsFilteredOut-MessageAttributes"
        " NumberOfNotificationsFilteredOut-MessageBody NumberOfNotificationsFilteredOut-InvalidAttributes"
        " NumberOfNotificationsFilteredOut-NoMessageAttributes"
        " NumberOfNotificationsFilteredOut-InvalidMessageBody NumberOfNotificationsRedrivenToDlq"
        " NumberOfNotificationsFailedToRedriveToDlq",
    ),
    rows(_TOPIC, "Bytes", "PublishSize"),
    rows(_SMS, "None", "SMSMonthToDateSpentUSD"),
    rows(_SMS, "Count", "SMSSuccessRate"),
)

_MACHINE = "- | StateMachineArn | StateMachineArn, Version | Alias, StateMachineArn | Alias, StateMachineArn, Version"
_MACHINE_ONLY = "- | StateMachineArn"
_ACTIVITY = "- | ActivityArn"
_FUNCTION = "- | LambdaFunctionArn"
_INTEGRATION = "- | ServiceIntegrationResourceArn"
# StateTransition and ServiceName are how older pages call ServiceMetric.
_THROTTLE = (
    "- | APIName | ServiceMetric | ServiceMetric, StateMachineArn | StateMachineArn | StateTransition | ServiceName"
)

STATES = namespace(
    "AWS/States",
    "step-functions/latest/dg/procedure-cw-metrics.html",
    rows(
        _MACHINE,
        "Count",
        "ExecutionsStarted ExecutionsSucceeded ExecutionsFailed ExecutionsAborted ExecutionsTimedOut"
        " ExecutionThrottled ExecutionsRedriven RedrivenExecutionsSucceeded RedrivenExecutionsFailed"
        " RedrivenExecutionsAborted RedrivenExecutionsTimedOut",
    ),
    rows(_MACHINE, "Milliseconds", "ExecutionTime"),
    rows(_MACHINE_ONLY, "Milliseconds", "ExpressExecutionBilledDuration"),
    rows(_MACHINE_ONLY, "None", "ExpressExecutionBilledMemory ExpressExecutionMemory"),
    rows(
        "-",
        "Count",
        "OpenExecutionCount OpenExecutionLimit StateMachineCount ActivityCount ApproximateOpenMapRunCount"
        " OpenMapRunLimit ApproximateMapRunBacklogSize",
    ),
    rows(_MACHINE_ONLY, "Count", "OpenExecutionCountPerStateMachine"),
    rows("ResourceArn", "Count", "AliasCount VersionCount"),
    rows(
        _ACTIVITY,
        "Count",
        "ActivitiesFailed ActivitiesHeartbeatTimedOut ActivitiesScheduled ActivitiesStarted"
        " ActivitiesSucceeded ActivitiesTimedOut",
    ),
    rows(_ACTIVITY, "Milliseconds", "ActivityRunTime ActivityScheduleTime ActivityTime"),
    rows(
        _FUNCTION,
        "Count",
        "LambdaFunctionsFailed LambdaFunctionsScheduled LambdaFunctionsStarted LambdaFunctionsSucceeded"
        " LambdaFunctionsTimedOut",
    ),
    rows(_FUNCTION, "Milliseconds", "LambdaFunctionRunTime LambdaFunctionScheduleTime LambdaFunctionTime"),
    rows(
        _INTEGRATION,
        "Count",
        "ServiceIntegrationsFailed ServiceIntegrationsScheduled ServiceIntegrationsStarted"
        " ServiceIntegrationsSucceeded ServiceIntegrationsTimedOut",
    ),
    rows(
        _INTEGRATION,
        "Milliseconds",
        "ServiceIntegrationRunTime ServiceIntegrationScheduleTime ServiceIntegrationTime",
    ),
    rows(_THROTTLE, "Count", "ThrottledEvents ProvisionedBucketSize ProvisionedRefillRate ConsumedCapacity"),
)

# A rule of the default bus goes by RuleName alone, a rule of any other bus by both.
_RULE = "RuleName | EventBusName, RuleName"
_RULE_OR_ALL = f"- | EventBusName | {_RULE}"

EVENTS = namespace(
    "AWS/Events",
    "eventbridge/latest/userguide/eb-monitoring.html",
    rows(
        _RULE,
        "Count",
        "DeadLetterInvocations FailedInvocations InvocationsFailedToBeSentToDlq InvocationsSentToDlq",
    ),
    rows(
        _RULE_OR_ALL,
        "Count",
        "Invocations InvocationAttempts SuccessfulInvocationAttempts RetryInvocationAttempts ThrottledRules"
        " TriggeredRules",
    ),
    rows(f"{_RULE_OR_ALL} | EventSourceName", "Count", "MatchedEvents"),
    # Today's pages write Ingestionto..., the page until 2023 and Grafana IngestionTo...; which of the two
    # CloudWatch knows could not be tried, so neither is refused.
    rows(
        _RULE_OR_ALL,
        "Milliseconds",
        "IngestiontoInvocationStartLatency IngestiontoInvocationCompleteLatency"
        " IngestionToInvocationStartLatency IngestionToInvocationCompleteLatency"
        " IngestionToInvocationSuccessLatency",
    ),
    rows("EventSourceName", "Count", "Events"),
    rows(
        "EventBusName",
        "Count",
        "EventBusEncryptionStarted EventBusEncryptionCompleted EventBusEncryptionFailed",
    ),
    rows(
        "-",
        "Count",
        "InvocationsCreated PutEventsApproximateCallCount PutEventsApproximateFailedCount"
        " PutEventsApproximateSuccessCount PutEventsApproximateThrottledCount PutEventsEntriesCount"
        " PutEventsFailedEntriesCount PutPartnerEventsApproximateCallCount"
        " PutPartnerEventsApproximateFailedCount PutPartnerEventsApproximateSuccessCount"
        " PutPartnerEventsApproximateThrottledCount PutPartnerEventsEntriesCount"
        " PutPartnerEventsFailedEntriesCount",
    ),
    rows("-", "Milliseconds", "PutEventsLatency PutPartnerEventsLatency"),
    rows("-", "Bytes", "PutEventsRequestSize"),
)

# An event destination publishes by the dimensions that its owner chooses, so the list is open. The rates are fractions:
# 0.05 is five percent (reputationdashboard-cloudwatch-alarm.html).
_MAIL = "- | ses:configuration-set"

SES = namespace(
    "AWS/SES",
    "ses/latest/dg/monitor-sending-activity.html",
    rows(
        _MAIL,
        "Count",
        "Send Reject Bounce Complaint Delivery Open Click RenderingFailure DeliveryDelay Subscription",
    ),
    rows(_MAIL, "None", "Reputation.BounceRate Reputation.ComplaintRate"),
    # Of receiving; the sets are from recall.
    rows("RuleSetName", "Count", "Received"),
    rows("RuleName", "Count", "PublishSuccess PublishFailure PublishExpired"),
    open_ended=True,
)

# A broker of ActiveMQ is its instance, with a suffix: orders-1. RabbitMQ has a page of its own, rabbitmq-logging-
# monitoring.html; its queues have a virtual host. ConsumerCount is of both. Read 2026-11; each page gained metrics in
# the year before, so the list is open.
_BROKER = "Broker"
_DESTINATION = "Broker, Queue | Broker, Topic"
_RABBIT_QUEUE = "Broker, Queue, VirtualHost"
_NODE = "Broker | Broker, Node"

MQ = namespace(
    "AWS/AmazonMQ",
    "amazon-mq/latest/developer-guide/activemq-logging-monitoring.html",
    rows(
        _BROKER,
        "Percent",
        "BurstBalance CpuUtilization HeapUsage JobSchedulerStorePercentUsage StorePercentUsage TempPercentUsage",
    ),
    rows(
        _BROKER,
        "Count",
        "AmqpMaximumConnections CpuCreditBalance CurrentConnectionsCount EstablishedConnectionsCount"
        " InactiveDurableTopicSubscribersCount JournalFilesForFastRecovery JournalFilesForFullRecovery"
        " MqttMaximumConnections NetworkConnectorConnectionCount OpenTransactionCount TotalConsumerCount"
        " TotalDequeueCount TotalEnqueueCount TotalMessageCount TotalProducerCount VolumeReadOps VolumeWriteOps",
    ),
    rows(_BROKER, "Bytes", "NetworkIn NetworkOut"),
    rows(
        _DESTINATION,
        "Count",
        "DequeueCount DispatchCount EnqueueCount ExpiredCount InFlightCount ProducerCount ReceiveCount",
    ),
    rows("Broker, Queue", "Count", "QueueSize"),
    rows(_DESTINATION, "Milliseconds", "EnqueueTime"),
    rows(_DESTINATION, "Percent", "MemoryUsage"),
    rows(f"{_DESTINATION} | {_BROKER} | {_RABBIT_QUEUE}", "Count", "ConsumerCount"),
    rows(_BROKER, "Count", "ExchangeCount QueueCount ConnectionCount ChannelCount PublishRate ConfirmRate AckRate"),
    rows(f"{_BROKER} | {_RABBIT_QUEUE}", "Count", "MessageCount MessageReadyCount MessageUnacknowledgedCount"),
    rows(_NODE, "Percent", "SystemCpuUtilization"),
    rows(_NODE, "Bytes", "RabbitMQMemLimit RabbitMQMemUsed RabbitMQDiskFreeLimit RabbitMQDiskFree"),
    rows(_NODE, "Count", "RabbitMQFdUsed RabbitMQIOReadAverageTime RabbitMQIOWriteAverageTime"),
    open_ended=True,
)
