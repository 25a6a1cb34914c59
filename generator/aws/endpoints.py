"""Interface endpoints of the services that observability talks to: their names, and where there are which.

https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

from __future__ import annotations

# Names in the file, with the endpoints that each needs. Systems Manager's agent talks to three services.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
SERVICES: dict[str, tuple[str, ...]] = {
    "application-signals": ("application-signals",),
    "events": ("events",),
    "kms": ("kms",),
    "logs": ("logs",),
    "monitoring": ("monitoring",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "ssm": ("ssm", "ssmmessages", "ec2messages"),
    "synthetics": ("synthetics",),
    "xray": ("xray",),
}
# Whose callers also want what AWS owns: the documents and packages that every account shares.
OF_AWS_TOO = ("ssm", "ssmmessages", "ec2messages")
# In China these begin with `cn.com.amazonaws`, the others with `com.amazonaws` as everywhere.
CHINA_PREFIXED = ("monitoring", "sqs", "synthetics", "xray")
# Regions that opened in 2024 or later have ssmmessages alone.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
WITHOUT_EC2MESSAGES = (
    "ap-east-2",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "mx-central-1",
)


def prefix(service: str, partition: str) -> str:
    """The beginning of the name of a service's endpoint, before the Region."""
    return "cn.com.amazonaws" if partition == "aws-cn" and service in CHINA_PREFIXED else "com.amazonaws"
