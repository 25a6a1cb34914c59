"""The hub's readers: who may assume the monitoring roles of members."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.clients import Aws
from generator.rollout.deploy.desired import DesiredState, readers_of


@dataclass(slots=True)
class HubReader:
    """hub: credentials of the hub's account. session_name: as CloudTrail shows it."""

    desired: DesiredState
    hub: Aws
    session_name: str
    _sts: Any = None
    _lock: Lock = field(default_factory=Lock)

    def sts(self) -> Any:
        """STS, as a reader of the hub: the caller where it is one, else the first reader's role; asked for once.

        Raises botocore's exceptions, the same ones each time.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        with self._lock:
            if self._sts is None:
                try:
                    self._sts = self._as_reader()
                except (BotoCoreError, ClientError) as error:
                    self._sts = error
        if isinstance(self._sts, BotoCoreError | ClientError):
            raise self._sts
        return self._sts

    def _as_reader(self) -> Any:
        hub, readers = self.desired.hub, readers_of(self.desired.files)
        sts = self.hub.client("sts", hub.region)
        arn = str(sts.get_caller_identity()["Arn"])
        # arn:aws:sts::111111111111:assumed-role/monitoring-reader-prod/alice
        if ":assumed-role/" in arn and arn.split("/")[1] in readers:
            return sts
        role = f"arn:{partition_of(hub.region)}:iam::{hub.account}:role/{readers[0]}"
        credentials = sts.assume_role(RoleArn=role, RoleSessionName=self.session_name)["Credentials"]
        return self.hub.client_as(credentials, "sts", hub.region)
