"""Archives of log groups rolled out to two Regions and taken away again, with something in them.

moto makes neither delivery streams nor subscription filters of a template: tests/test_log_archive.py tries those. Nor
does the stand-in delete in CloudFormation's order where an update takes resources away, so that is not shown here.
"""

from __future__ import annotations

from moto.awslambda.models import lambda_backends
from moto.s3.models import s3_backends

from tests.rollout.team import REGIONS, Team
from tests.rollout.test_asset_buckets import gone, keys, succeeds

ARCHIVED = f"log_groups: {{application: {{archive: {{retain: 365d}}}}}}\nregions: [{', '.join(REGIONS)}]"


def buckets(team: Team) -> dict[str, str]:
    """The archives that are there, and whose account each is in."""
    return {
        name: account
        for account in team.accounts.values()
        for name in s3_backends[account]["aws"].buckets
        if name.startswith("log-archive-prod-")
    }


def test_every_account_and_region_has_an_archive_and_destroy_leaves_none(team: Team) -> None:
    team.write(ARCHIVED)
    succeeds(team, "deploy", "--yes")
    for region in REGIONS:
        assert [key for key in keys(team, region, "functions/") if key.startswith("functions/bucket")]
        for account in team.accounts.values():
            functions = [one.function_name for one in lambda_backends[account][region].list_functions()]
            assert functions == ["empty-log-archive-prod"]
    there = buckets(team)
    assert sorted(there) == sorted(
        f"log-archive-prod-{account}-{region}" for account in team.accounts.values() for region in REGIONS
    )
    fill(there)
    succeeds(team, "destroy", "--yes")
    gone(team)
    assert buckets(team) == {}


def fill(there: dict[str, str]) -> None:
    """Lines that Firehose wrote; a bucket with them cannot be deleted."""
    for name, account in there.items():
        key = f"{account}/aws/application/prod/2026/11/29/10/application-archive-prod-1-x.gz"
        s3_backends[account]["aws"].put_object(name, key, b"lines")
