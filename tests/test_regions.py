"""Regions: those that there are, and one partition for a file. The truth is botocore's own table of partitions."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path

import pytest

from generator.aws.regions import PARTITIONS, REGIONS, console_of, partition_of, url_suffix_of
from generator.cli.drill.listeners import drilled_channels
from generator.cli.drill.subject import find, subject_in
from generator.findings import Severity
from generator.model.accounts import Hub
from handlers.common import partitions
from tests.command import obsgen
from tests.support import built, spec

LOOKALIKES = [
    ("us-east-9", "`us-east-1` or `us-east-2`"),
    ("us-est-1", "`us-east-1` or `us-west-1`"),
    ("us-esat-1", "`us-east-1`"),
    ("us-west-3", "`eu-west-3`, `us-west-1` or `us-west-2`"),
    ("eu-west", "`eu-west-1`, `eu-west-2` or `eu-west-3`"),
    ("useast1", "`us-east-1`"),
    ("us_east_1", "`us-east-1`"),
    ("eu-wst-1", "`eu-west-1`"),
    ("US-EAST-1", "`us-east-1`"),
    ("eusc-de-east1", "`eusc-de-east-1`"),
    ("us-east-1a", "`us-east-1`"),
    ("aws-global", ""),
    ("Ireland", ""),
]


def test_every_region_that_botocore_knows_is_known_in_its_partition() -> None:
    text = (importlib.resources.files("botocore") / "data/partitions.json").read_text(encoding="utf-8")
    for one in json.loads(text)["partitions"]:
        regions = {name for name in one["regions"] if not name.endswith("-global")}
        assert regions <= set(PARTITIONS[one["id"]]), "a Region that is new: add it to generator/aws/regions.py"
        assert {url_suffix_of(region) for region in regions} == {one["outputs"]["dnsSuffix"]}


@pytest.mark.parametrize("region", REGIONS)
def test_templates_and_functions_have_the_same_partition(region: str) -> None:
    """Neither package may import the other, so each has the partitions."""
    assert Hub("111111111111", region).partition == partition_of(region) == partitions.partition(region)


@pytest.mark.parametrize("region", REGIONS)
def test_a_template_and_a_function_link_to_the_same_console(region: str) -> None:
    """Neither package may import the other, so each has the four hosts."""
    assert console_of(region) == partitions.console(region)


@pytest.mark.parametrize("where", ["hub: {region: %s}", "regions: [us-east-1, %s]"])
@pytest.mark.parametrize(("given", "meant"), LOOKALIKES)
def test_a_region_that_is_none_gets_a_did_you_mean(where: str, given: str, meant: str) -> None:
    (found,) = built(spec(where % given), lint=True).findings
    assert (found.code, found.message) == ("S03", f"expected an AWS Region, got `{given}`")
    assert found.hint == (f"did you mean {meant}?" if meant else "use a Region such as us-east-1")


def test_a_region_of_an_environment_is_held_to_it_too() -> None:
    for change in ("{dev: {regions: [mars-1]}}", '{dev: {hub: {account: "999999999999", region: mars-1}}}'):
        (found,) = built(spec(f"environments: {change}")).findings
        assert (found.code, found.path[0]) == ("S03", "environments")


@pytest.mark.parametrize("region", [regions[0] for regions in PARTITIONS.values()] + ["me-west-1"])
def test_one_partition_whichever_builds(region: str) -> None:
    made = built(spec(f"hub: {{region: {region}}}"))
    assert [f for f in made.findings if f.severity is Severity.ERROR] == []
    hub = str(made.templates["prod"]["hub.template.yaml"])
    others = {f"arn:{name}:" for name in PARTITIONS} - {f"arn:{partition_of(region)}:"}
    assert not [other for other in others if other in hub]


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        (
            "regions: [us-east-1, cn-north-1]",
            ("regions", 1),
            "cn-north-1 is in the partition aws-cn, and us-east-1 in aws",
        ),
        (
            "{hub: {region: us-gov-west-1}, regions: [us-gov-west-1, us-west-1]}",
            ("regions", 1),
            "us-west-1 is in the partition aws, and us-gov-west-1 in aws-us-gov",
        ),
        (
            'environments: {dev: {hub: {account: "999999999999", region: eusc-de-east-1}}, prod: null}',
            ("hub", "region"),
            "us-east-1 is in the partition aws, and eusc-de-east-1 in aws-eusc",
        ),
    ],
)
def test_regions_of_several_partitions_are_refused(change: str, path: tuple[object, ...], message: str) -> None:
    found = [f for f in built(spec(change)).findings if f.code == "R03"]
    assert [(f.path, f.message) for f in found] == [(path, message)]


def test_what_no_environment_uses_is_of_no_partition() -> None:
    own = '{prod: {hub: {account: "999999999999", region: cn-north-1}, regions: [cn-north-1]}}'
    assert "R03" not in {f.code for f in built(spec(f"environments: {own}")).findings}


def test_on_the_command_line_it_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec("hub: {region: us-east-11}"))
    shown = obsgen(tmp_path, "build")
    assert shown.returncode == 2
    assert "did you mean `us-east-1`?" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("region", "link"),
    [
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/systems-manager/opsitems/{}?region=cn-north-1"),
        ("us-iso-east-1", ""),
    ],
)
def test_a_drill_links_an_opsitem_in_the_console_of_its_partition(region: str, link: str) -> None:
    change = f"hub: {{region: {region}}}\nchannels: {{ops: {{type: opsitem}}}}\nroutes: {{critical: [ops]}}\n"
    made = built(spec(f"{change}regions: [{region}]\nalarms: {{errors: {{severity: critical}}}}\n"))
    estate, found = find(made, "errors")
    subject = subject_in(made, estate, found[0], "alpha", region)
    (ops,) = drilled_channels(estate, found[0], subject, now=0, wait_seconds=60)
    assert ops.link == link
