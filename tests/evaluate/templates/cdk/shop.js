// What shop.template.json was synthesized from: an order service that is watched the way CDK does it.
const cdk = require("aws-cdk-lib");
const apigatewayv2 = require("aws-cdk-lib/aws-apigatewayv2");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const actions = require("aws-cdk-lib/aws-cloudwatch-actions");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const elbv2 = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");
const sns = require("aws-cdk-lib/aws-sns");
const sqs = require("aws-cdk-lib/aws-sqs");
const ssm = require("aws-cdk-lib/aws-ssm");
const sfn = require("aws-cdk-lib/aws-stepfunctions");

const minutes = (n) => cdk.Duration.minutes(n);
const over = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD;

class Shop extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const stage = new cdk.CfnParameter(this, "Stage", { default: "test", allowedValues: ["test", "prod"] });
    const slow = new cdk.CfnParameter(this, "SlowMilliseconds", { type: "Number", default: 800 });
    const limits = new cdk.CfnMapping(this, "Limits", {
      mapping: { test: { errors: 50, backlog: 1000 }, prod: { errors: 5, backlog: 100 } },
    });
    const isProd = new cdk.CfnCondition(this, "IsProd", {
      expression: cdk.Fn.conditionEquals(stage.valueAsString, "prod"),
    });
    const topic = new sns.Topic(this, "Alerts");
    const alert = new actions.SnsAction(topic);

    const handler = new lambda.Function(this, "Handler", {
      runtime: lambda.Runtime.NODEJS_LATEST,
      handler: "index.handler",
      code: lambda.Code.fromInline("exports.handler = async () => {};"),
      logGroup: new logs.LogGroup(this, "HandlerLogs", { retention: logs.RetentionDays.ONE_MONTH }),
    });
    const live = new lambda.Alias(this, "Live", { aliasName: "live", version: handler.currentVersion });

    // A dimension that is a Ref; the name is AWS's.
    const errors = handler.metricErrors({ period: minutes(1) }).createAlarm(this, "Errors", {
      threshold: limits.findInMap(stage.valueAsString, "errors"),
      comparisonOperator: over,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    errors.addAlarmAction(alert);

    // Metric math, with a name that is put together.
    const rate = new cloudwatch.MathExpression({
      expression: "100 * errors / FILL(invocations, 1)",
      label: "Error rate",
      period: minutes(5),
      usingMetrics: { errors: handler.metricErrors(), invocations: handler.metricInvocations() },
    }).createAlarm(this, "ErrorRate", {
      alarmName: cdk.Fn.sub("shop-${Stage}-error-rate-${AWS::Region}"),
      threshold: 10,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });

    // A percentile against a parameter, of an alias.
    live.metricDuration({ statistic: "p99", period: minutes(1) }).createAlarm(this, "Slow", {
      threshold: slow.valueAsNumber,
      comparisonOperator: over,
      evaluationPeriods: 2,
      evaluateLowSampleCountPercentile: "ignore",
    });

    // What the log says.
    const orders = new logs.LogGroup(this, "Orders", {
      logGroupName: cdk.Fn.join("/", ["", "shop", stage.valueAsString, "orders"]),
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    const failed = orders.addMetricFilter("Failed", {
      filterPattern: logs.FilterPattern.all(
        logs.FilterPattern.stringValue("$.level", "=", "ERROR"),
        logs.FilterPattern.numberValue("$.amount", ">", 100),
      ),
      metricNamespace: "Shop",
      metricName: "FailedOrders",
      metricValue: "$.amount",
      unit: cloudwatch.Unit.COUNT,
      defaultValue: 0,
    });
    const orderFailures = failed.metric({ statistic: "Sum", period: minutes(1) }).createAlarm(this, "FailedOrders", {
      threshold: 500,
      evaluationPeriods: 1,
    });
    // A group without a name of its own.
    new logs.LogGroup(this, "Audit").addMetricFilter("Denied", {
      filterPattern: logs.FilterPattern.anyTerm("denied", "forbidden"),
      metricNamespace: "Shop",
      metricName: "Denied",
    }).metric({ statistic: "Sum", period: minutes(1) }).createAlarm(this, "Denials", {
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });

    // Attributes as dimensions.
    const dead = new sqs.Queue(this, "DeadLetters");
    const queue = new sqs.Queue(this, "Work", { deadLetterQueue: { queue: dead, maxReceiveCount: 3 } });
    const backlog = queue.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum" }).createAlarm(
      this, "Backlog", { threshold: limits.findInMap(stage.valueAsString, "backlog"), evaluationPeriods: 1 });
    const deadLetters = dead.metricApproximateNumberOfMessagesVisible({ period: minutes(1) }).createAlarm(
      this, "DeadLettersNotEmpty", { threshold: 1, evaluationPeriods: 1 });

    // Only in production.
    const table = new dynamodb.Table(this, "Table", {
      partitionKey: { name: "id", type: dynamodb.AttributeType.STRING },
    });
    const throttled = table.metric("ReadThrottleEvents", { statistic: "Sum", period: minutes(1) }).createAlarm(
      this, "Throttled", { threshold: 1, evaluationPeriods: 1 });
    throttled.node.defaultChild.cfnOptions.condition = isProd;

    // A machine is its ARN; an API is an id; a service has two names.
    const machine = new sfn.StateMachine(this, "Machine", {
      definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(this, "Nothing")),
    });
    machine.metricFailed({ period: minutes(1) }).createAlarm(this, "MachineFailed", {
      threshold: 1,
      evaluationPeriods: 1,
    });
    const api = new apigatewayv2.HttpApi(this, "Api");
    api.metricServerError({ period: minutes(1), statistic: "Sum" }).createAlarm(this, "ApiErrors", {
      threshold: 1,
      evaluationPeriods: 1,
    });
    const vpc = new ec2.Vpc(this, "Vpc", { maxAzs: 2, natGateways: 0, restrictDefaultSecurityGroup: false });
    const cluster = new ecs.Cluster(this, "Cluster", { vpc });
    const task = new ecs.FargateTaskDefinition(this, "Task");
    task.addContainer("app", { image: ecs.ContainerImage.fromRegistry("nginx"), portMappings: [{ containerPort: 80 }] });
    const service = new ecs.FargateService(this, "Service", { cluster, taskDefinition: task });
    service.metricCpuUtilization({ period: minutes(1) }).createAlarm(this, "Cpu", { threshold: 80, evaluationPeriods: 3 });
    const balancer = new elbv2.ApplicationLoadBalancer(this, "Balancer", { vpc });
    const group = balancer.addListener("Http", { port: 80, open: false }).addTargets("App", { port: 80, targets: [service] });
    group.metrics.unhealthyHostCount({ period: minutes(1) }).createAlarm(this, "Unhealthy", {
      threshold: 1,
      evaluationPeriods: 1,
    });

    // What only AWS knows: an import, a stored value, a band.
    const shared = cdk.Fn.importValue("platform-cluster");
    new cloudwatch.Metric({
      namespace: "Platform",
      metricName: "Nodes",
      dimensionsMap: { Cluster: shared },
      period: minutes(1),
    }).createAlarm(this, "Nodes", {
      threshold: 3,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 1,
    });
    handler.metricThrottles({ period: minutes(1) }).createAlarm(this, "Throttles", {
      threshold: cdk.Token.asNumber(ssm.StringParameter.valueForStringParameter(this, "/shop/throttles")),
      evaluationPeriods: 1,
    });
    const unusual = new cloudwatch.AnomalyDetectionAlarm(this, "UnusualTraffic", {
      metric: handler.metricInvocations(),
      stdDevs: 2,
      evaluationPeriods: 3,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
    });

    // Of another account.
    new cloudwatch.Metric({
      namespace: "Shop",
      metricName: "Orders",
      account: "210987654321",
      statistic: "Sum",
      period: minutes(5),
    }).createAlarm(this, "NoOrders", {
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });

    // Alarms on alarms: names that AWS makes, names that are put together, held while another is on.
    const { AlarmRule, AlarmState } = cloudwatch;
    const health = new cloudwatch.CompositeAlarm(this, "Health", {
      compositeAlarmName: `shop-${stage.valueAsString}-health`,
      alarmRule: AlarmRule.anyOf(
        AlarmRule.allOf(errors, AlarmRule.not(deadLetters)),
        AlarmRule.fromAlarm(rate, AlarmState.ALARM),
        AlarmRule.fromAlarm(orderFailures, AlarmState.ALARM),
      ),
      actionsSuppressor: backlog,
      actionsSuppressorWaitPeriod: cdk.Duration.seconds(60),
      actionsSuppressorExtensionPeriod: cdk.Duration.seconds(120),
    });
    health.addAlarmAction(alert);
    new cloudwatch.CompositeAlarm(this, "Anything", { alarmRule: AlarmRule.anyOf(health, unusual) });

    new cdk.CfnOutput(this, "HealthAlarm", { value: health.alarmArn, exportName: "shop-health" });
  }
}

const app = new cdk.App({ analyticsReporting: false });
new Shop(app, "Shop");
app.synth();
