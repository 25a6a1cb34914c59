"""The bucket of function packages: a stack of its own in each Region of the hub account that needs packages.

The one of the hub's Region has templates and records, too. Private, encrypted, TLS only, read by the organization,
versioned, and emptied when everything is destroyed. What members need is read with credentials of their own accounts:
of the role with which a stack set makes stacks there.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

STACK = "obsgen-assets"
OLD_VERSIONS_DAYS = 90
# Below it, each environment has what it leaves in the bucket.
RECORDS = "rollouts/"


def name(account: str, region: str) -> str:
    """The bucket's name: the default of the hub template's parameter AssetsBucket; members name it themselves."""
    return f"obsgen-assets-{account}-{region}"


def template(account: str, region: str, organization: str) -> str:
    """The stack's template, as text."""
    deleted = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    resources: dict[str, Any] = {
        "Assets": {
            "Type": "AWS::S3::Bucket",
            **deleted,
            "Properties": _properties(name(account, region)),
        },
        "AssetsPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Assets"}, "PolicyDocument": _policy(organization)},
        },
    }
    content = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Function packages and templates of obsgen. Made by obsgen deploy.",
        "Resources": resources,
    }
    return json.dumps(content, indent=1) + "\n"


def _policy(organization: str) -> dict[str, Any]:
    """The bucket's policy: the organization reads, and only over TLS."""
    arn = {"Fn::GetAtt": ["Assets", "Arn"]}
    everything = {"Fn::Sub": "${Assets.Arn}/*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OrganizationReads",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["s3:GetObject"],
                "Resource": [everything],
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}},
            },
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": ["s3:*"],
                "Resource": [arn, everything],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def _properties(bucket: str) -> dict[str, Any]:
    """The properties of the bucket."""
    return {
        "BucketName": bucket,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "old-versions",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_DAYS},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ]
        },
    }


def template_key(body: str) -> str:
    """The key of a template: its digest, so a changed template has another key."""
    return f"templates/{hashlib.sha256(body.encode()).hexdigest()}.yaml"


def record_key(environment: str, file: str) -> str:
    """The key of a file of the last complete rollout, which the next one compares with."""
    return f"{RECORDS}{environment}/{file}"
