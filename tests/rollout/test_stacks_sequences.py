"""Random sequences of edits: several stacks, sinks in every Region, and a management account with stacks of its own.

Rollouts and removals are killed after a random change, and out/ may be that of an earlier commit. Whatever comes
before, the next rollout ends where the file says, the plan after it is empty, nothing that stays is made anew, and a
removal leaves nothing. `SEQUENCES=20` in the environment runs so many more.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import HUB as PAYER
from tests.rollout.team import REGIONS
from tests.rollout.test_killed import run_until
from tests.rollout.test_management import DELEGATE, MARKED, Payer, payer, stacks
from tests.rollout.test_stacks import METRIC
from tests.rollout.test_stacks_between import checkout, commit, sets

__all__ = ["payer"]

FIRST_SEED, MORE = 1, int(os.environ.get("SEQUENCES", "0"))
# An account and a Region, and what stands there.
Standing = dict[tuple[str, str], set[str]]


@dataclass(frozen=True)
class File:
    """What a file asks for. off: an alarm that one account has not, by its number. managed: where the management
    account has stacks.
    """

    alarms: int
    composites: dict[str, list[int]]
    regions: tuple[str, ...]
    managed: tuple[str, ...]
    off: int | None = None

    def text(self) -> str:
        off = ", overrides: [{where: {account: gamma}, enabled: false}]"
        made = "\n".join(
            f'  a-{at}: {{{METRIC}, threshold: "> 600"{off if at == self.off else ""}}}' for at in range(self.alarms)
        )
        rules = "\n".join(
            f"  {name}: {{rule: {' or '.join(f'a-{at}' for at in named)}, severity: critical}}"
            for name, named in self.composites.items()
        )
        access = "access: {sinks: every-region}\n" if len(self.regions) > 1 else ""
        below = f"composites:\n{rules}\n" if rules else ""
        return f"regions: [{', '.join(self.regions)}]\n{access}alarms:\n{made}\n{below}"

    def account(self) -> str:
        """What it says of the management account."""
        return MARKED.replace("true", f"true, regions: [{', '.join(self.managed)}]") if self.managed else ""

    def names(self, account: str) -> set[str]:
        numbers = {at for at in range(self.alarms) if not (account == "gamma" and at == self.off)}
        kept = {name for name, named in self.composites.items() if account != "gamma" or set(named) & numbers}
        return {f"{name}-alarm-prod" for name in ({f"a-{at}" for at in numbers} | kept)}


@dataclass
class World:
    """commits: files and folders of out/ that were built."""

    payer: Payer
    folder: Path
    random: random.Random
    commits: list[tuple[File, Path]] = field(default_factory=list)

    def file(self) -> File:
        """Another file."""
        draw = self.random
        alarms = draw.choice([2, 5, 9, 14])
        names = draw.sample(["both", "all", "some", "few", "most"], draw.randint(0, 4))
        composites = {name: sorted(draw.sample(range(alarms), 2)) for name in sorted(names)}
        regions = draw.choice([REGIONS, REGIONS[:1]])
        managed = draw.choice([regions, regions, regions[:1], ()])
        return File(alarms, composites, regions, managed, draw.choice([None, draw.randrange(alarms)]))

    def edit(self) -> File:
        """Another file is built, or an earlier commit is checked out."""
        if self.commits and self.random.random() < 0.35:
            file, folder = self.random.choice(self.commits)
            checkout(self.payer.team, folder)
            return file
        file = self.file()
        self.payer.write(file.text(), file.account())
        self.commits.append((file, self.folder / str(len(self.commits))))
        commit(self.payer.team, self.commits[-1][1])
        return file

    def killed(self, *words: str) -> None:
        run_until(self.payer.team, self.random.randrange(60), *words, "--yes", *DELEGATE)

    def there(self) -> dict[tuple[str, str, str], Any]:
        """Every alarm of the members: account, Region and name to what moto has of it."""
        accounts = {**self.payer.team.accounts, "payer": PAYER}
        return {
            (account, region, name): one
            for account, number in accounts.items()
            for region in REGIONS
            for name, one in cloudwatch_backends[number][region].alarms.items()
            if name.startswith("a-") or one.rule
        }

    def deployed(self, file: File) -> None:
        before = self.there()
        done = self.payer.deployed()
        wanted = {
            (account, region, name)
            for account in (*self.payer.team.accounts, "payer")
            for region in (file.managed if account == "payer" else file.regions)
            for name in file.names(account)
        }
        after = self.there()
        assert after.keys() == wanted, (file, sorted(after.keys() ^ wanted))
        anew = [one for one in before.keys() & wanted if before[one] is not after[one]]
        assert not anew, (file, anew, done.out)

    def destroyed(self) -> None:
        self.payer.destroyed()
        assert sets(self.payer.team) == set()
        assert self.there() == {}

    def step(self) -> None:
        file = self.edit()
        for _ in range(self.random.choice([0, 1, 1, 2])):
            self.killed("deploy")
            if self.random.random() < 0.4:
                file = self.edit()
        if self.random.random() < 0.2:
            self.killed("destroy")
            if self.random.random() < 0.5:
                self.destroyed()
        self.deployed(file)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 1 + MORE))
def test_whatever_comes_before_a_rollout_ends_where_the_file_says(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    with_small_stacks(payer.team, monkeypatch)
    payer.team.environment |= payer.credentials
    world = World(payer, tmp_path / "commits", random.Random(seed))
    for _ in range(4 if MORE else 2):
        world.step()
    world.edit()
    world.destroyed()
    assert stacks(PAYER) == set()
