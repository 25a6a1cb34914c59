"""The buckets of one environment's packages: one in each Region where a package has to lie, each a stack of its own.

Lambda takes a function's code from S3 of its own Region only. Environments of one hub account share the buckets: each
leaves a mark in every bucket that it uses, so that a bucket goes with the last of them. In the bucket of its hub it
writes down its Regions before anything is made there, so that no bucket is forgotten where a rollout was cut off or
the file has changed since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.closed_regions import closed_region_errors
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack import StackClient
from generator.rollout.aws.stack_statuses import GOOD, RECREATE_ONLY
from generator.rollout.deploy import records
from generator.rollout.deploy.desired import DesiredState, StackAddress

IN_USE = "in-use"
NEW, CHANGED, UNUSED = "new", "changed", "unused"


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """The work of a rollout in one Region.

    state: `new` where there is no bucket yet, `changed` where its stack is not as it should be, `unused` where nothing
    of this environment needs it any more, else empty. uploads: keys of packages that it has not. users: the other
    environments for which an unused one stays.
    """

    region: str
    name: str
    state: str = ""
    uploads: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BucketRemoval:
    """The work of a removal in one Region. objects: of this environment, or all where no other one uses the bucket."""

    region: str
    name: str
    there: bool
    objects: int
    users: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.objects or (self.there and not self.users))


@dataclass(slots=True)
class AssetBuckets:
    """packages: key to content; empty where nothing is uploaded."""

    session: AwsSession
    packages: Mapping[str, bytes] = field(default_factory=dict)

    def at(self, region: str) -> Assets:
        """The bucket of a Region."""
        return self.session.assets(region)

    def plan(self, closed: frozenset[str] = frozenset()) -> tuple[BucketPlan, ...]:
        """The work per Region, the hub's first; changes nothing. closed: disabled Regions."""
        regions = [region for region in self.desired.asset_regions if region not in closed]
        unused = sorted(self._written_down() - set(self.desired.asset_regions))
        with ThreadPoolExecutor() as pool:
            return (*pool.map(self._plan, regions), *pool.map(self._plan_unused, unused))

    def prepare(self, planned: Iterable[BucketPlan]) -> None:
        """Create the buckets and upload what is missing; the hub's first: it has the list of the others."""
        for bucket_plan in planned:
            if bucket_plan.state == UNUSED:
                continue
            if bucket_plan.state:
                self._make(bucket_plan.region)
            self._mark(bucket_plan.region)
            self.at(bucket_plan.region).upload(self._packages_in(bucket_plan.region))

    def leave(self, planned: Iterable[BucketPlan]) -> tuple[str, ...]:
        """Delete unused buckets; the Regions where AWS refuses, which does not affect what runs."""
        from botocore.exceptions import BotoCoreError, ClientError

        stay = []
        for bucket_plan in planned:
            if bucket_plan.state != UNUSED:
                continue
            try:
                self.release(bucket_plan.region)
            except (BotoCoreError, ClientError, AwsError) as error:
                self.session.progress.line(
                    f"{bucket_plan.name} is unused but not deleted; the next deployment retries: {error}"
                )
                stay.append(bucket_plan.region)
        return tuple(stay)

    def write_down(self, also: Iterable[str] = ()) -> None:
        """Write down where this environment has buckets. also: besides those of its packages."""
        regions = sorted({*self.desired.asset_regions, *also})
        hub, key = self._hub, self._key(records.REGIONS)
        content = json.dumps(regions).encode()
        if hub.get(key) != content:
            hub.put(key, content)

    def removals(self) -> tuple[BucketRemoval, ...]:
        """The work of a removal, the hub's bucket last: it has the list of the others."""
        hub = self.desired.hub.region
        known = self._written_down() if self._hub.exists() else set(self.desired.asset_regions)
        with ThreadPoolExecutor() as pool:
            return tuple(pool.map(self._removal, (*sorted(known - {hub}), hub)))

    def release(self, region: str) -> None:
        """Delete this environment's objects in a Region, and bucket and stack where no other environment uses them."""
        assets = self.at(region)
        if assets.exists():
            users = self._users(assets)
            if users:
                assets.empty(self._key(""))
                self.session.progress.line(f"{assets.bucket} is kept for {', '.join(users)}")
                return
            self.session.progress.line(f"{assets.bucket}: deleting {assets.empty()} objects and the bucket")
        self._stack(region).delete()

    def missing(self, region: str) -> Iterator[str]:
        """The missing bucket and packages of a Region, in words."""
        assets = self.at(region)
        if not assets.exists():
            yield f"the bucket {assets.bucket} does not exist"
            return
        for key in sorted({asset.key for asset in self.desired.assets if region in asset.regions}):
            if not assets.has(key):
                names = ", ".join(sorted(asset.name for asset in self.desired.assets if asset.key == key))
                yield f"{assets.bucket} has no {key}, the package of {names}"

    def _plan(self, region: str) -> BucketPlan:
        assets, stack = self.at(region), self._stack(region)
        with closed_region_errors(self.desired, region, "member functions need a bucket there"):
            description = stack.describe()
            new = not assets.exists()
            same = description and description["StackStatus"] in GOOD and stack.body() == json.loads(self._body(region))
            missing = tuple(key for key in sorted(self._packages_in(region)) if new or not assets.has(key))
        return BucketPlan(region, assets.bucket, NEW if new else "" if same else CHANGED, missing)

    def _plan_unused(self, region: str) -> BucketPlan:
        """The plan of an unused bucket; one that cannot be read does not block the rollout."""
        from botocore.exceptions import BotoCoreError, ClientError

        assets = self.at(region)
        try:
            users = self._users(assets) if assets.exists() else ()
        except (BotoCoreError, ClientError, AwsError):
            users = ()
        return BucketPlan(region, assets.bucket, UNUSED, (), users)

    def _removal(self, region: str) -> BucketRemoval:
        assets = self.at(region)
        exists = assets.exists()
        users = self._users(assets) if exists else ()
        objects = sum(1 for _ in assets.under(self._key("") if users else "")) if exists else 0
        return BucketRemoval(region, assets.bucket, exists, objects, users)

    def _make(self, region: str) -> None:
        stack, assets = self._stack(region), self.at(region)
        description = stack.describe()
        # A bucket that was deleted outside obsgen still belongs to its stack, which would have no changes.
        if description and (
            description["StackStatus"] in RECREATE_ONLY or (description["StackStatus"] in GOOD and not assets.exists())
        ):
            stack.delete()
        change_set = stack.change_set({"TemplateBody": self._body(region)}, (("project", "obsgen"),))
        if change_set.changes:
            self.session.progress.line(f"{bucket.STACK}: bucket {assets.bucket}")
            stack.execute(change_set)

    def _mark(self, region: str) -> None:
        """Mark the bucket as used by this environment, before it has any of its objects."""
        if region == self.desired.hub.region:
            self.write_down(self._written_down())
            return
        assets, key = self.at(region), self._key(IN_USE)
        if not assets.has(key):
            assets.put(key, f"by {self.desired.environment}; its hub is in {self.desired.hub.region}\n".encode())

    def _written_down(self) -> set[str]:
        """The Regions with a bucket of this environment, recorded before it was created: at least the hub's."""
        hub = self._hub
        content = hub.get(self._key(records.REGIONS)) if hub.exists() else None
        return {self.desired.hub.region, *records.regions(self.desired.environment, content)}

    def _users(self, assets: Assets) -> tuple[str, ...]:
        """The other environments that have something in that bucket."""
        names = {version["Key"].split("/")[1] for version in assets.under(bucket.RECORDS)}
        return tuple(sorted(names - {self.desired.environment}))

    def _packages_in(self, region: str) -> dict[str, bytes]:
        keys = {asset.key for asset in self.desired.assets if region in asset.regions}
        return {key: self.packages[key] for key in keys}

    def _key(self, file: str) -> str:
        return bucket.record_key(self.desired.environment, file)

    def _body(self, region: str) -> str:
        return bucket.template(self.desired.hub.account, region, self.desired.organization)

    def _stack(self, region: str) -> StackClient:
        return self.session.stack(StackAddress(bucket.STACK, region))

    @property
    def desired(self) -> DesiredState:
        """The desired state from out/."""
        return self.session.desired

    @property
    def _hub(self) -> Assets:
        return self.session.assets()
