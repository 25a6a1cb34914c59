"""Which property names a resource, for every type that CloudFormation's schemas name by a property one can write.

Ref gives that property (the schema's primary identifier); for other types AWS makes the identifier, and the logical id
stands in. The table is that of cfn-lint's schemas of 2026-10-20, written by `python -m tests.update_kinds`: a service,
its types, and behind a point the property where it is not Name.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html (primaryIdentifier)
"""

from __future__ import annotations

from functools import lru_cache

_TABLE = """\
ACMPCA CertificateAuthorityActivation.CertificateAuthorityArn
APS ResourcePolicy.WorkspaceArn
ARCZonalShift ZonalAutoshiftConfiguration.ResourceIdentifier
ApiGateway DomainName.DomainName
ApiGatewayV2 ApiGatewayManagedOverrides.ApiId DomainName.DomainName
AppFlow Connector.ConnectorLabel ConnectorProfile.ConnectorProfileName Flow.FlowName
AppIntegrations EventIntegration
AppStream AppBlockBuilder DirectoryConfig.DirectoryName Fleet ImageBuilder Stack
AppSync DomainName.DomainName
Athena DataCatalog WorkGroup
AutoScaling AutoScalingGroup.AutoScalingGroupName LaunchConfiguration.LaunchConfigurationName
  WarmPool.AutoScalingGroupName
Backup BackupVault.BackupVaultName LogicallyAirGappedBackupVault.BackupVaultName
  RestoreTestingPlan.RestoreTestingPlanName TieringConfiguration.TieringConfigurationName
Batch JobDefinition.JobDefinitionName
Bedrock KnowledgeBasePolicy.KnowledgeBaseId ResourcePolicy.ResourceArn
BedrockAgentCore ResourcePolicy.ResourceArn WorkloadIdentity
CUR ReportDefinition.ReportName
Cassandra Keyspace.KeyspaceName
CloudFormation ModuleDefaultVersion.Arn
CloudFront KeyValueStore MonitoringSubscription.DistributionId
CloudTrail ResourcePolicy.ResourceArn Trail.TrailName
CloudWatch Alarm.AlarmName CompositeAlarm.AlarmName Dashboard.DashboardName LogAlarm.AlarmName MetricStream
  ResourceMetricsConfiguration.ResourceArn View
CodeDeploy Application.ApplicationName DeploymentConfig.DeploymentConfigName
CodeGuruProfiler ProfilingGroup.ProfilingGroupName
CodePipeline Pipeline
Cognito UserPoolRegionalConfigurationAttachment.UserPoolId
Config ConfigRule.ConfigRuleName ConfigurationAggregator.ConfigurationAggregatorName ConfigurationRecorder
  ConformancePack.ConformancePackName DeliveryChannel OrganizationConfigRule.OrganizationConfigRuleName
  OrganizationConformancePack.OrganizationConformancePackName RemediationConfiguration.ConfigRuleName
  StoredQuery.QueryName
CustomerProfiles Domain.DomainName
DAX ParameterGroup.ParameterGroupName SubnetGroup.SubnetGroupName
DMS EventSubscription.SubscriptionName ReplicationSubnetGroup.ReplicationSubnetGroupIdentifier
DataBrew Dataset Job Project Recipe Ruleset Schedule
Detective OrganizationAdmin.AccountId
DevOpsAgent PrivateConnection
DocDB DBClusterParameterGroup DBSubnetGroup.DBSubnetGroupName EventSubscription.SubscriptionName
  GlobalCluster.GlobalClusterIdentifier
DynamoDB GlobalTable.TableName Table.TableName
EC2 GatewayRouteTableAssociation.GatewayId KeyPair.KeyName SqlHaStandbyDetectedInstance.InstanceId
  VPCEndpointServicePermissions.ServiceId
ECR PublicRepository.RepositoryName PullThroughCacheRule.EcrRepositoryPrefix PullTimeUpdateExclusion.PrincipalArn
  Repository.RepositoryName RepositoryCreationTemplate.Prefix
ECS CapacityProvider Cluster.ClusterName ClusterCapacityProviderAssociations.Cluster
EKS Cluster
EMR SecurityConfiguration WALWorkspace.WALWorkspaceName
ElastiCache CacheCluster.ClusterName ReplicationGroup.ReplicationGroupId ServerlessCache.ServerlessCacheName
  SubnetGroup.CacheSubnetGroupName User.UserId UserGroup.UserGroupId
ElasticBeanstalk Application.ApplicationName Environment.EnvironmentName
ElasticLoadBalancing LoadBalancer.LoadBalancerName
EntityResolution IdMappingWorkflow.WorkflowName IdNamespace.IdNamespaceName MatchingWorkflow.WorkflowName
  SchemaMapping.SchemaName
Events ApiDestination Archive.ArchiveName Connection Endpoint EventBus
EventsV2 ResourcePolicy.EventBusArn
FMS NotificationChannel.SnsTopicArn
FSx S3AccessPointAttachment
GameLift ContainerGroupDefinition GameSessionQueue Location.LocationName MatchmakingConfiguration MatchmakingRuleSet
Glue Crawler CustomEntityType DataCatalogEncryptionSettings.CatalogId DataQualityRuleset Database.DatabaseName Job
  SecurityConfiguration Trigger UsageProfile Workflow
IAM Group.GroupName InstanceProfile.InstanceProfileName Role.RoleName ServerCertificate.ServerCertificateName
  User.UserName
InternetMonitor Monitor.MonitorName
IoT AccountAuditConfiguration.AccountId Authorizer.AuthorizerName BillingGroup.BillingGroupName
  CertificateProvider.CertificateProviderName Command.CommandId CustomMetric.MetricName Dimension
  DomainConfiguration.DomainConfigurationName FleetMetric.MetricName JobTemplate.JobTemplateId Logging.AccountId
  MitigationAction.ActionName ProvisioningTemplate.TemplateName RoleAlias.RoleAlias ScheduledAudit.ScheduledAuditName
  SecurityProfile.SecurityProfileName SoftwarePackage.PackageName Thing.ThingName ThingGroup.ThingGroupName
  ThingType.ThingTypeName TopicRule.RuleName
IoTAnalytics Channel.ChannelName Dataset.DatasetName Datastore.DatastoreName Pipeline.PipelineName
IoTEvents DetectorModel.DetectorModelName Input.InputName
IoTFleetWise Campaign DecoderManifest Fleet.Id ModelManifest SignalCatalog StateTemplate Vehicle
IoTTwinMaker Workspace.WorkspaceId
IoTWireless Destination NetworkAnalyzerConfiguration PartnerAccount.PartnerAccountId
KMS Alias.AliasName
Kinesis ResourcePolicy.ResourceArn Stream
KinesisAnalyticsV2 Application.ApplicationName
KinesisFirehose DeliveryStream.DeliveryStreamName
KinesisVideo SignalingChannel Stream
LakeFormation Tag.TagKey
Lambda CapacityProvider.CapacityProviderName Function.FunctionName ResourcePolicy.ResourceArn
Lightsail Alarm.AlarmName Bucket.BucketName Certificate.CertificateName Container.ServiceName
  Database.RelationalDatabaseName DatabaseSnapshot.RelationalDatabaseSnapshotName Disk.DiskName
  DiskSnapshot.DiskSnapshotName Distribution.DistributionName Domain.DomainName Instance.InstanceName
  InstanceSnapshot.InstanceSnapshotName KeyPair.KeyPairName LoadBalancer.LoadBalancerName StaticIp.StaticIpName
Location APIKey.KeyName GeofenceCollection.CollectionName Map.MapName PlaceIndex.IndexName
  RouteCalculator.CalculatorName Tracker.TrackerName
Logs DeliveryDestination DeliverySource Destination.DestinationName Integration.IntegrationName LogGroup.LogGroupName
  ResourcePolicy.PolicyName Transformer.LogGroupIdentifier
LookoutEquipment InferenceScheduler.InferenceSchedulerName
LookoutVision Project.ProjectName
M2 Deployment.ApplicationId
MSK BatchScramSecret.ClusterArn ClusterPolicy.ClusterArn
MWAA Environment
MediaConvert CertificateAssociation.Arn JobTemplate Preset Queue
MediaPackage Asset.Id Channel.Id OriginEndpoint.Id PackagingConfiguration.Id PackagingGroup.Id
MediaTailor Channel.ChannelName ChannelPolicy.ChannelName Function.FunctionId PlaybackConfiguration
  SourceLocation.SourceLocationName
MemoryDB ACL.ACLName Cluster.ClusterName ParameterGroup.ParameterGroupName SubnetGroup.SubnetGroupName User.UserName
Neptune DBCluster.DBClusterIdentifier DBClusterParameterGroup DBInstance.DBInstanceIdentifier DBParameterGroup
  DBSubnetGroup.DBSubnetGroupName EventSubscription.SubscriptionName GlobalCluster.GlobalClusterIdentifier
NetworkFirewall LoggingConfiguration.FirewallArn
Notifications NotificationHub.Region
ObservabilityAdmin TelemetryEnrichment.Scope
Omics AnnotationStore Configuration VariantStore
OpenSearchService Application Domain.DomainName
PaymentCryptography Alias.AliasName
Pinpoint InAppTemplate.TemplateName
Pipes Pipe
QuickSight ApprovalPolicy.PolicyId
RDS DBCluster.DBClusterIdentifier DBClusterParameterGroup.DBClusterParameterGroupName DBInstance.DBInstanceIdentifier
  DBParameterGroup.DBParameterGroupName DBProxy.DBProxyName DBProxyEndpoint.DBProxyEndpointName
  DBShardGroup.DBShardGroupIdentifier DBSubnetGroup.DBSubnetGroupName EventSubscription.SubscriptionName
  GlobalCluster.GlobalClusterIdentifier OptionGroup.OptionGroupName
RUM AppMonitor
Redshift Cluster.ClusterIdentifier ClusterParameterGroup.ParameterGroupName EndpointAccess.EndpointName
  EventSubscription.SubscriptionName ScheduledAction.ScheduledActionName
RedshiftServerless Namespace.NamespaceName Snapshot.SnapshotName Workgroup.WorkgroupName
Rekognition Collection.CollectionId Project.ProjectName StreamProcessor
ResourceGroups Group
Route53 DNSSEC.HostedZoneId
Route53RecoveryReadiness Cell.CellName ReadinessCheck.ReadinessCheckName RecoveryGroup.RecoveryGroupName
  ResourceSet.ResourceSetName
Route53Resolver ResolverConfig.ResourceId
S3 AccessPoint Bucket.BucketName BucketPolicy.Bucket MultiRegionAccessPoint MultiRegionAccessPointPolicy.MrapName
  StorageLensGroup
S3Express AccessPoint BucketPolicy.Bucket DirectoryBucket.BucketName
S3Files FileSystemPolicy.FileSystemId
S3ObjectLambda AccessPoint AccessPointPolicy.ObjectLambdaAccessPoint
S3Outposts BucketPolicy.Bucket
S3Tables TableBucketPolicy.TableBucketARN TablePolicy.TableARN
S3Vectors VectorBucketPolicy.VectorBucketArn
SES ConfigurationSet ContactList.ContactListName CustomVerificationEmailTemplate.TemplateName DedicatedIpPool.PoolName
  EmailIdentity.EmailIdentity MultiRegionEndpoint.EndpointName ReceiptRuleSet.RuleSetName Tenant.TenantName
SMSVOICE ConfigurationSet.ConfigurationSetName OptOutList.OptOutListName ResourcePolicy.ResourceArn
SNS TopicInlinePolicy.TopicArn
SQS QueueInlinePolicy.Queue
SSM Document Parameter ResourceDataSync.SyncName
SSO InstanceAccessControlAttributeConfiguration.InstanceArn
SageMaker AppImageConfig.AppImageConfigName DeviceFleet.DeviceFleetName FeatureGroup.FeatureGroupName
  InferenceExperiment MlflowTrackingServer.TrackingServerName ModelCard.ModelCardName Pipeline.PipelineName
  StudioLifecycleConfig.StudioLifecycleConfigName
Scheduler Schedule ScheduleGroup
SecurityHub SecurityControl.SecurityControlId
SecurityLake SubscriberNotification.SubscriberArn
Serverless Function.FunctionName SimpleTable.TableName
ServiceCatalog AcceptedPortfolioShare.PortfolioId
SimSpaceWeaver Simulation
SupportApp SlackWorkspaceConfiguration.TeamId
Synthetics Canary Group
Timestream Database.DatabaseName
VerifiedPermissions PolicyStoreAlias.AliasName
VpcLattice AuthPolicy.ResourceIdentifier ResourcePolicy.ResourceArn
WAFv2 LoggingConfiguration.ResourceArn
XRay ResourcePolicy.PolicyName
"""


@lru_cache(maxsize=1)
def _named() -> dict[str, str]:
    names: dict[str, str] = {}
    service = ""
    for line in _TABLE.splitlines():
        words = line.split()
        if not line.startswith(" "):
            service = words.pop(0)
        for word in words:
            resource, _, property_ = word.partition(".")
            names[f"AWS::{service}::{resource}"] = property_ or "Name"
    return names


def naming_property(kind: str) -> str:
    """The property that names a resource of this type; nothing where AWS names it, or the property is unknown."""
    return _named().get(kind, "")


def is_own_id(kind: str, attribute: str) -> bool:
    """Whether an attribute is, by how it is called, the id of the resource itself: `FleetId` of an EC2Fleet."""
    resource = kind.rpartition("::")[2].lower()
    for ending in ("Identifier", "Id"):
        if attribute.endswith(ending):
            return resource.endswith(attribute.removesuffix(ending).lower())
    return False
