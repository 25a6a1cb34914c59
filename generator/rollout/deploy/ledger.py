"""What a rollout writes down in the bucket, and what the last one wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from generator.estate_data import is_part, parts_of
from generator.manifest import ESTATE_FILE, MANIFEST, listed_templates
from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.deploy import management_record, records
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.plan import DeploymentPlan

TEMPLATES = ".template.yaml"
# The stacks of an environment that has not several: the hub's and the members' set.
ONE_OF_EACH = ("hub", "members")


@dataclass(slots=True)
class Ledger:
    """assets: the bucket of the hub's Region."""

    desired: DesiredState
    assets: Assets

    def name_stacks(self, before: Mapping[str, bytes]) -> None:
        """Write down which stacks there may be from now on, where there are several."""
        text = records.stacks_text(self.desired, before.get(records.STACKS))
        several = len(self.desired.stacks) + len(self.desired.sets) > len(ONE_OF_EACH) or records.STACKS in before
        if several and text != before.get(records.STACKS):
            self._put(records.STACKS, text)

    def begin(self, before: Mapping[str, bytes]) -> None:
        """Write down what nobody would know any more if the rollout was cut off among the members."""
        begun = records.beginning(self.desired, before)
        if begun:
            self._put(records.MEMBERS, begun.text())
        self._record_apart({**self._left_out(before), **self._apart})

    def begin_management(self, before: Mapping[str, bytes]) -> None:
        """Write down which stacks may be in the management account from now on, before any of them is made."""
        known = management_record.written_down(self.desired.environment, before)
        possible = management_record.possible(self.desired, known)
        if possible != known:
            self._put(management_record.MANAGEMENT, possible.text())

    def complete(self, plan: DeploymentPlan) -> None:
        """Write down what was rolled out: what the next plan compares with."""
        for file, content in sorted(self.desired.files.items()):
            self._put(file, content)
        if self._recorded(records.STACKS) is not None:
            # One that could not be looked at may still be there, and out/ of another commit does not list it.
            self._put(records.STACKS, records.stacks_text(self.desired, skipped=plan.skipped_stacks))
        # Those whose units nobody could look up are looked up again by the next rollout, and so are those that were
        # closed: nobody else deploys to an account that is opened again.
        unknown = plan.report.unknown | (plan.report.returning & plan.report.suspended)
        self._put(records.MEMBERS, records.completed(self.desired, plan.before, unknown).text())
        before = self._left_out(plan.before)
        if before:
            again = {account: name for account, name in before.items() if account in unknown}
            self._record_apart({**again, **self._apart}, always=True)
        known = management_record.written_down(self.desired.environment, plan.before)
        possible = management_record.possible(self.desired, known)
        if possible.stacks:
            self._put(management_record.MANAGEMENT, management_record.completed(self.desired, possible).text())

    def _record_apart(self, accounts: Mapping[str, str], *, always: bool = False) -> None:
        """Write down who is not reached as the whole unit is. always: where there is nobody, too."""
        if accounts or always:
            self._put(records.LEFT_OUT, json.dumps(accounts, sort_keys=True).encode())

    def _put(self, file: str, content: bytes) -> None:
        self.assets.put(bucket.record_key(self.desired.environment, file), content)

    @property
    def _apart(self) -> dict[str, str]:
        names = {**self.desired.members.names, **dict(self.desired.members.excluded)}
        return {account: names[account] for account in self.desired.members.apart} if self.desired.members.units else {}

    def _left_out(self, before: Mapping[str, bytes]) -> dict[str, str]:
        return records.left_out(self.desired.environment, before)

    def no_longer_left_out(self, before: Mapping[str, bytes] | None) -> tuple[str, ...]:
        """Accounts that this rollout reaches as their whole unit, and some before it did not, if they are in one."""
        members, recorded = self.desired.members, before or {}
        named = records.names(self.desired.environment, recorded).keys() if members.units else set()
        return tuple(sorted((self._left_out(recorded).keys() | (named - members.names.keys())) - set(members.apart)))

    def before(self) -> dict[str, bytes] | None:
        """The files of the last complete rollout; None where there is no bucket."""
        if not self.assets.exists():
            return None
        ours = records.MEMBERS, records.LEFT_OUT, records.STACKS, management_record.MANAGEMENT
        desired = [*self.desired.files, *ours]
        found = {file: self._recorded(file) for file in desired}
        listed = listed_templates(found.get(MANIFEST) or b"")
        found |= {file: self._recorded(file) for file in sorted(listed - found.keys())}
        parts = parts_of(found.get(ESTATE_FILE) or b"")
        found |= {file: self._recorded(file) for file in parts if file not in found}
        # A template of a stack that has gone since then is still there, and so is a part of an earlier estate.json.
        return {
            file: content
            for file, content in found.items()
            if content is not None
            and (file in listed or not listed or not file.endswith(TEMPLATES))
            and (file in parts or not is_part(file))
        }

    def _recorded(self, file: str) -> bytes | None:
        return self.assets.get(bucket.record_key(self.desired.environment, file))
