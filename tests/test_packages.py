"""Function packages: the same files give the same bytes, and the manifest says which."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import yaml

from generator.packages import pack
from tests.support import built, spec

HERE = ("us-east-1",)
FILES = {"handlers/a.py": b"a = 1\n", "handlers/b/__init__.py": b""}


def test_the_order_of_files_does_not_change_the_package() -> None:
    assert pack("f", "h", "c", FILES, regions=HERE) == pack("f", "h", "c", dict(reversed(FILES.items())), regions=HERE)


def test_a_changed_byte_changes_the_digest_and_so_the_key() -> None:
    before, _ = pack("f", "h", "c", FILES, regions=HERE)
    after, _ = pack("f", "h", "c", {**FILES, "handlers/a.py": b"a = 2\n"}, regions=HERE)
    assert before.key != after.key


def test_the_digest_is_the_one_of_the_bytes() -> None:
    asset, content = pack("f", "h", "c", FILES, regions=HERE)
    assert asset.sha256 == hashlib.sha256(content).hexdigest()
    assert asset.size == len(content)


def test_lambda_can_read_every_file() -> None:
    _, content = pack("f", "h", "c", FILES, regions=HERE)
    entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    assert [entry.filename for entry in entries] == sorted(FILES)
    assert {oct(entry.external_attr >> 16) for entry in entries} == {"0o100644"}


def test_the_manifest_lists_templates_and_packages_by_digest() -> None:
    made = built(spec()).artifacts
    manifest = yaml.safe_load(made["prod/manifest.yaml"])
    for entry in (*manifest["stacks"], *manifest["stack_sets"]):
        assert entry["sha256"] == hashlib.sha256(made[f"prod/{entry['template']}"]).hexdigest()
    incident, notifier, watcher = manifest["assets"]
    # Both functions of the incidents are one package, uploaded once.
    assert (notifier["key"], notifier["sha256"]) == (incident["key"], incident["sha256"])
    assert len(built(spec()).packages["prod"]) == 2
    assert all(asset["sha256"] in asset["key"] for asset in (incident, watcher))
    assert "handlers/incident/routing.json" in incident["files"]
    assert "handlers/common/redaction/rules.py" in incident["files"]
    assert "handlers/watch/app.py" in watcher["files"]
    assert not any("/incident/" in path for path in watcher["files"])
    assert not any("/watch/" in path for path in incident["files"])


def test_accounts_of_one_tuning_are_one_group_of_the_stack_set() -> None:
    change = 'alarms: {errors: {overrides: [{where: {tier: critical}, threshold: "> 1"}]}}'
    manifest = yaml.safe_load(built(spec(change)).artifacts["prod/manifest.yaml"])
    assert manifest["stack_sets"][0]["groups"] == [
        {"accounts": {"beta": "333333333333", "gamma": "444444444444"}, "parameters": {}},
        {"accounts": {"alpha": "222222222222"}, "parameters": {"AlarmErrorsThreshold": "1"}},
    ]


def test_no_secret_value_can_reach_out_only_its_name() -> None:
    change = "channels: {jira: {type: jira, url: 'https://x.example', project: OPS, secret: shop/jira}}"
    texts = {name: content.decode() for name, content in built(spec(change)).artifacts.items()}
    assert "shop/jira" in texts["prod/estate.json"]
    assert json.loads(texts["prod/estate.json"])["channels"][0]["secret"] == "shop/jira"


def test_the_manifest_says_in_which_regions_a_package_lies() -> None:
    """A function takes its code from S3 of its own Region, and nowhere else.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    change = 'regions: [us-east-1, eu-west-1]\nhub: {account: "111111111111", region: us-east-1}'
    manifest = yaml.safe_load(built(spec(change)).artifacts["prod/manifest.yaml"])
    assert [asset["regions"] for asset in manifest["assets"]] == [["us-east-1"]] * 3
    asset, _ = pack("f", "h", "c", FILES, regions=("us-east-1", "eu-west-1", "us-east-1"))
    assert asset.regions == ("eu-west-1", "us-east-1")
