"""Sources of AWS events, what EventBridge sends of API calls, and events that only one Region has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.aws.regions import partition_of

# https://docs.aws.amazon.com/eventbridge/latest/ref/events.html
PAGE = "https://docs.aws.amazon.com/eventbridge/latest/ref/events.html"
_NAMES = """
access-analyzer account acm acm-pca amplify apigateway appconfig appflow application-autoscaling applicationinsights
appmesh apprunner appsync aps arc-region-switch arc-zonal-shift artifact athena auditmanager autoscaling b2bi backup
batch bedrock billingconductor braket budgets ce chatbot cleanrooms cloudformation cloudfront cloudhsm cloudsearch
cloudtrail cloudwatch cloudwatch-application-insights codeartifact codebuild codecommit codeconnections codedeploy
codeguru-reviewer codepipeline cognito-idp cognito-sync comprehend compute-optimizer config connect controltower
dataexchange datapipeline datasync datazone deadline detective devicefarm devops-guru directconnect directoryservice
dlm dms docdb drs ds dynamodb ebs ec2 ec2fleet ec2spotfleet ecr ecs eks elasticache elasticbeanstalk
elasticfilesystem elasticloadbalancing elasticmapreduce elastictranscoder emr-containers emr-serverless entityresolution
es events evidently firehose fis forecast fsx gamelift glacier glue greengrass groundstation guardduty health
healthlake iam imagebuilder inspector inspector2 internetmonitor iot iotanalytics iotsitewise ivs kafka kafkaconnect
kendra kinesis kinesisanalytics kinesisvideo kms lakeformation lambda license-manager lightsail logs macie macie2
managedblockchain managedservices mediaconnect mediaconvert medialive mediapackage mediatailor memorydb mgh mgn mq mwaa
neptune network-firewall networkflowmonitor networkmanager nimble oam omics opensearch opsworks organizations osis
outposts panorama pcs personalize pinpoint pipes polly proton qldb quicksight ram rds rds-data redshift
redshift-data redshift-serverless rekognition resilience-hub resource-explorer-2 resource-groups robomaker route53
route53-recovery-readiness route53resolver rum s3 s3-outposts sagemaker savingsplans scheduler schemas secretsmanager
securityhub securitylake serverlessrepo servicecatalog servicediscovery servicequotas ses shield signer signin
simpledb sms sms-voice snowball sns sqs ssm ssm-incidents ssm-sap sso states storagegateway sts supportapp support
swf synthetics tag textract timestream transcribe transfer translate trustedadvisor verifiedpermissions
voiceid vpc vpc-lattice waf wafv2 wellarchitected workmail workspaces xray
"""
SOURCES = frozenset(f"aws.{name}" for name in _NAMES.split())
# Events of CloudTrail: one for each call of an API.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
API_CALL = "AWS API Call via CloudTrail"
SIGN_IN = "AWS Console Sign In via CloudTrail"
# Fields of such an event that every call has in much the same way; none of them narrows the calls down.
OF_EVERY_CALL = frozenset(
    ("awsRegion", "eventCategory", "eventSource", "eventType", "eventVersion", "managementEvent", "recipientAccountId")
)
# Calls that only read are sent to no rule that is simply enabled, as those of obsgen are; two begin like them and are
# sent. Data events, such as GetObject, are not meant.
CALLS_PAGE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html"
_READING = ("Describe", "Get", "List")
_SENT = frozenset(("GetFederationToken", "GetSessionToken"))
# Fields of a call that say whether it is a management event.
CALL_KINDS = frozenset(("eventCategory", "managementEvent"))
# The Region of global services by partition: where IAM's only endpoint is. Partitions that are missing have none yet.
# https://docs.aws.amazon.com/general/latest/gr/iam-service.html
GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-f": "us-isof-south-1",
}
# Sources whose events only one Region has, and sources of which some events are in that Region alone.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
# https://docs.aws.amazon.com/health/latest/ug/choosing-a-region.html
GLOBAL = frozenset(("aws.cloudfront", "aws.iam", "aws.organizations", "aws.route53", "aws.trustedadvisor"))
PARTLY_GLOBAL = frozenset(("aws.health", "aws.signin", "aws.sts"))


def global_region(region: str) -> str:
    """The Region that has the events of global services, for whoever is in a Region of the same partition; that Region
    itself where no other is known to have them.
    """
    return GLOBAL_REGIONS.get(partition_of(region), region)


def only_reads(call: str) -> bool:
    """Whether EventBridge sends the management event of a call to no rule, by its name."""
    return call.startswith(_READING) and call not in _SENT


def is_withheld_call(event: Mapping[str, Any]) -> bool:
    """Whether an event is the management event of a call that only reads."""
    detail = event.get("detail")
    if event.get("detail-type") != API_CALL or not isinstance(detail, Mapping):
        return False
    is_data = detail.get("managementEvent") is False or detail.get("eventCategory", "Management") != "Management"
    return not is_data and only_reads(str(detail.get("eventName", "")))
