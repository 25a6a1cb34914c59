"""A rollout, from what lies in out/ to what runs: bucket, packages, hub, members, record.

Every step looks at what is there before it does anything, so a rollout that was cut off is simply run again. The hub
comes first, for members link to its sink and send to its bus.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.rollout import bucket, members
from generator.rollout.aws import Aws
from generator.rollout.members import Operation
from generator.rollout.refused import Refused, said_plainly
from generator.rollout.stack import ChangeSet, Stack
from generator.rollout.stack_set import Failure, StackSet
from generator.rollout.wanted import Wanted

# A template up to here travels in the request itself.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_LIMIT = 51_200
RECORDED = "members.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rollout would do. bucket_new: the bucket is not there yet, so the hub's change set cannot be asked for.

    uploads: keys that are not in the bucket. hub: None where it cannot be known yet. before: the files of the last
    complete rollout, by name.
    """

    bucket_new: bool
    uploads: tuple[str, ...]
    hub: ChangeSet | None
    operations: tuple[Operation, ...]
    before: Mapping[str, bytes]

    @property
    def empty(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.bucket_new or self.uploads or self.operations or self.hub is None or self.hub.changes)


@dataclass(slots=True)
class Rollout:
    """packages: key in the bucket to content. say: told what happens, line by line."""

    wanted: Wanted
    packages: Mapping[str, bytes]
    aws: Aws
    say: Callable[[str], None]

    def sign_in(self) -> None:
        """Make sure whose credentials these are before anything is looked at. Raises Refused."""
        hub = self.wanted.hub
        with self._plainly("sts:GetCallerIdentity", "the caller"):
            found = self.aws.client("sts", hub.region).get_caller_identity()["Account"]
        if found != hub.account:
            raise Refused(
                f"these credentials are of account {found}; the hub is {hub.account}",
                f"use credentials of account {hub.account} (AWS_PROFILE)",
            )
        for asset in self.wanted.assets:
            if hashlib.sha256(self.packages.get(asset.key, b"")).hexdigest() != asset.sha256:
                raise Refused(f"the package of {asset.name} is not the one that was reviewed", "run `obsgen build`")

    def plan(self) -> Plan:
        """What there is to do; makes nothing but a change set. Raises Refused."""
        with self._plainly("reading", self.wanted.hub.name):
            new = not self._bucket_there()
            before = {} if new else self._before()
            change_set = None
            if not new:
                self._upload(self._templates())
                change_set = self._stack.change_set(self._template(self.wanted.hub.body), self.wanted.tags)
            uploads = tuple(key for key in sorted(self.packages) if new or not self._there(key))
            return Plan(new, uploads, change_set, self._operations(before), before)

    def withdraw(self, plan: Plan) -> None:
        """Take back the change set of a plan that is not carried out."""
        if plan.hub:
            with self._plainly("cloudformation:DeleteChangeSet", self.wanted.hub.name):
                self._stack.drop(plan.hub)

    def perform(self, plan: Plan) -> list[Failure]:
        """Carry a plan out; the instances that failed. Raises Refused with the first real cause."""
        with self._plainly("deploying", self.wanted.hub.name):
            if plan.bucket_new:
                self._make_bucket()
            self._upload({**self._templates(), **self.packages})
            change_set = plan.hub or self._stack.change_set(self._template(self.wanted.hub.body), self.wanted.tags)
            if change_set.changes:
                self.say(f"{self.wanted.hub.name}: {len(change_set.changes)} changes")
                self._stack.execute(change_set)
            failures = self._members(plan.before)
            if not failures:
                self._record()
            return failures

    def _members(self, before: Mapping[str, bytes]) -> list[Failure]:
        failures: list[Failure] = []
        url = self._url(bucket.template_key(self.wanted.members.body))
        names = self.wanted.members.names
        for operation in self._operations(before):
            self.say(f"{self.wanted.members.name}: {members.in_words(operation, names)}")
            found = self._set.perform(operation, url)
            failures += found
        return failures

    def _operations(self, before: Mapping[str, bytes]) -> tuple[Operation, ...]:
        recorded = before.get(RECORDED)
        overrides = None
        if recorded:
            overrides = {account: tuple(map(tuple, rows)) for account, rows in json.loads(recorded).items()}
        return members.plan(self.wanted, self._set.look(overrides), self._from_hub())

    def _from_hub(self) -> dict[str, str]:
        """The parameters of members that the hub's outputs fill; the ones that are not there yet say so."""
        stack = self._stack.look()
        outputs = {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}
        return {key: outputs.get(output, "") for key, output in self.wanted.members.from_hub}

    def _record(self) -> None:
        """Write down what was rolled out: what the next plan compares with."""
        files = {**self.wanted.files, RECORDED: json.dumps(self.wanted.members.overrides).encode()}
        for file, content in sorted(files.items()):
            self._s3.put_object(Bucket=self._bucket, Key=bucket.record_key(self.wanted.environment, file), Body=content)

    def _before(self) -> dict[str, bytes]:
        found = {}
        for file in (*self.wanted.files, RECORDED):
            key = bucket.record_key(self.wanted.environment, file)
            if self._there(key):
                found[file] = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return found

    def _make_bucket(self) -> None:
        self.say(f"{bucket.STACK}: bucket {self._bucket}")
        hub = self.wanted.hub
        body = bucket.template(hub.account, hub.region, self.wanted.organization)
        stack = Stack(self.aws, bucket.STACK, hub.region, self.say)
        change_set = stack.change_set({"TemplateBody": body}, (("project", "obsgen"),))
        if change_set.changes:
            stack.execute(change_set)

    def _upload(self, contents: Mapping[str, bytes]) -> None:
        for key, content in sorted(contents.items()):
            if not self._there(key):
                self.say(f"upload {key}")
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")

    def _templates(self) -> dict[str, bytes]:
        bodies = (self.wanted.hub.body, self.wanted.members.body)
        return {bucket.template_key(body): body.encode() for body in bodies}

    def _template(self, body: str) -> dict[str, str]:
        if len(body.encode()) <= BODY_LIMIT:
            return {"TemplateBody": body}
        return {"TemplateURL": self._url(bucket.template_key(body))}

    def _url(self, key: str) -> str:
        region = self.wanted.hub.region
        suffix = ".cn" if region.startswith("cn-") else ""
        return f"https://{self._bucket}.s3.{region}.amazonaws.com{suffix}/{key}"

    def _bucket_there(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._s3.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def _there(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    @property
    def _bucket(self) -> str:
        return bucket.name(self.wanted.hub.account, self.wanted.hub.region)

    @property
    def _s3(self) -> Any:
        return self.aws.client("s3", self.wanted.hub.region)

    @property
    def _stack(self) -> Stack:
        return Stack(self.aws, self.wanted.hub.name, self.wanted.hub.region, self.say)

    @property
    def _set(self) -> StackSet:
        return StackSet(self.aws, self.wanted, self.say)

    def _plainly(self, action: str, what: str) -> Any:
        return said_plainly(action, what, self.wanted.hub.account, self.wanted.hub.region)
