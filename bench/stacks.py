"""Several stacks from nothing to nothing: the workload built, deployed on the stand-in, changed three times, destroyed.

    python -m bench.stacks [--alarms 2000]

Four accounts in two Regions. One threshold changes; a tenth of the alarms goes; three twentieths come; all of it goes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from moto.cloudwatch.models import cloudwatch_backends

from bench.workload import workload
from tests.rollout.team import HUB, REGIONS, Said, Team, team

FOURTH = "delta"
HUB_STACK = "observability-hub-prod"
# Every tenth alarm goes, from this one on: some of those are in composites.
GOING = 3


@dataclass
class Show:
    """A team with the workload.

    alarms: how many it begins with. regions: of the members. took: seconds of each step. spec: what was written last.
    """

    team: Team
    alarms: int
    regions: tuple[str, ...] = REGIONS
    took: dict[str, float] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        organizations = self.team.client("organizations")
        made = organizations.create_account(AccountName=FOURTH, Email=f"{FOURTH}@example.com")
        self.team.accounts[FOURTH] = made["CreateAccountStatus"]["AccountId"]
        self._whole = yaml.load(workload(self.alarms * 23 // 20), Loader=yaml.CSafeLoader)
        organization = organizations.describe_organization()["Organization"]["Id"]
        self._whole |= {
            "organization": {"id": organization, "stack_sets": "management"},
            "hub": {"account": HUB},
            "accounts": {name: {"id": account} for name, account in self.team.accounts.items()},
            "regions": list(self.regions),
        }

    def write(self, numbers: set[int], thresholds: dict[int, int] | None = None) -> None:
        """observability.yaml with these alarms of the workload. thresholds: by number, other than five."""
        whole = dict(self._whole)
        whole["alarms"] = {
            f"a-{i}": {**whole["alarms"][f"a-{i}"], "threshold": f"> {(thresholds or {}).get(i, 5)}"}
            for i in sorted(numbers)
        }
        whole["composites"] = dict(_composites(whole["composites"], whole["alarms"]))
        whole["dashboards"] = dict(_dashboards(whole["dashboards"], whole["alarms"]))
        self.spec = whole
        text = yaml.dump(whole, Dumper=yaml.CSafeDumper, sort_keys=False)
        (self.team.folder / "observability.yaml").write_text(text, encoding="utf-8")

    def step(self, name: str, *words: str) -> Said:
        """A command that ends well."""
        began = time.monotonic()
        done = self.team.run(*words)
        self.took[name] = time.monotonic() - began
        print(f"{self.took[name]:8.1f} s  {name}", flush=True)  # noqa: T201
        assert done.code == 0, done.out + done.err
        return done

    def bodies(self) -> dict[str, str]:
        """The template of each stack of the hub, and of each stack set, by name."""
        client = self.team.client("cloudformation")
        listed = [one["StackSetName"] for one in client.list_stack_sets()["Summaries"] if one["Status"] == "ACTIVE"]
        stacks = [one["StackName"] for one in client.describe_stacks()["Stacks"]]
        hub = {name: client.get_template(StackName=name)["TemplateBody"] for name in stacks if "StackSet" not in name}
        sets = {name: client.describe_stack_set(StackSetName=name)["StackSet"]["TemplateBody"] for name in listed}
        return {**hub, **sets}

    def names(self) -> set[str]:
        """The names of the alarms that every member has in every Region; they have the same ones."""
        places = [(account, region) for account in self.team.accounts.values() for region in self.regions]
        first, *others = (set(cloudwatch_backends[account][region].alarms) for account, region in places)
        assert all(one == first for one in others)
        return first


def _composites(composites: dict[str, Any], alarms: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, one in composites.items():
        parts = [part for part in one["rule"].split(" or ") if part in alarms]
        if len(parts) > 1:
            yield name, {**one, "rule": " or ".join(parts)}


def _dashboards(dashboards: dict[str, Any], alarms: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, one in dashboards.items():
        widgets = [{**each, "metrics": [row for row in each["metrics"] if row in alarms]} for each in one["widgets"]]
        if any(each["metrics"] for each in widgets):
            yield name, {"widgets": [each for each in widgets if each["metrics"]]}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The stacks and stack sets that are other ones, or new, or gone."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def play(show: Show) -> list[str]:
    """The whole of it; what to print."""
    count = show.alarms
    first = set(range(count))
    fewer = {i for i in first if i % 10 != GOING}
    more = fewer | set(range(count, count * 23 // 20))
    show.write(first)
    show.step("build", "build", "--no-lint", "--no-cache")
    show.step("deploy", "deploy", "--yes")
    deployed, names = show.bodies(), show.names()
    expected = {f"{key}-alarm-prod" for key in (*show.spec["alarms"], *show.spec["composites"])}
    assert names == expected, names ^ expected
    lines = [f"{len(deployed)} stacks and stack sets, {len(names)} alarms in each account and Region"]
    last = names
    for what, numbers, thresholds in (
        ("one threshold", first, {count - 1: 7}),
        (f"{len(first - fewer)} removed", fewer, {count - 1: 7}),
        (f"{len(more - fewer)} added", more, {count - 1: 7}),
    ):
        show.write(numbers, thresholds)
        show.step(f"{what}: build", "build", "--no-lint", "--no-cache")
        show.step(f"{what}: deploy", "deploy", "--yes")
        now, bodies = show.names(), show.bodies()
        touched = changed(deployed, bodies)
        if what == "one threshold":
            members = [name for name in touched if "-members" in name]
            # The hub has the thresholds for those who are told; of the members one stack set changes, and no other.
            assert (len(members), touched) == (1, sorted([HUB_STACK, *members])), touched
        lines.append(f"{what}: {len(last - now)} alarms gone, {len(now - last)} new, of {len(bodies)}: {touched}")
        deployed, last = bodies, now
    show.step("plan", "deploy", "--plan")
    show.step("destroy", "destroy", "--yes")
    left = show.team.state()
    assert not any(left.values()), left
    assert not show.names()
    return lines


def main() -> None:
    """Print what each step touched, and how long it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alarms", type=int, default=2000)
    options = parser.parse_args()
    from _pytest.monkeypatch import MonkeyPatch
    from botocore.config import Config

    from generator import build

    with tempfile.TemporaryDirectory() as folder, team(Path(folder)) as made, MonkeyPatch.context() as patch:
        # The stand-in updates every instance before it answers: a minute, where there are thousands of alarms.
        patch.setitem(Config.OPTION_DEFAULTS, "read_timeout", 900)
        patch.setattr("tests.rollout.team._built", build.build)
        print("\n".join(play(Show(made, options.alarms))))  # noqa: T201


if __name__ == "__main__":
    main()
