"""obsgen compliance check: describe-instances files judged offline by the function's own code and the spec's rules."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.command import Done, obsgen, typed
from tests.support import ROOT, spec

CHECKED = """\
compliance:
  required_tags:
    Environment: {allowed: [dev, staging, prod]}
    Owner: {}
    Application: {pattern: "[a-z][a-z0-9-]+"}
"""
ALPHA, BETA, OTHER = "222222222222", "333333333333", "999999999999"
GOOD = {"Environment": "prod", "Owner": "team-a", "Application": "shop"}


def instance(number: int, tags: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """An instance as the CLI prints it, as far as a rule can ask for it."""
    return {
        "InstanceId": f"i-{number:017x}",
        "LaunchTime": "2026-11-20T10:00:00+00:00",
        "State": {"Code": 16, "Name": "running"},
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "Tags": [{"Key": key, "Value": value} for key, value in (GOOD if tags is None else tags).items()],
        **changes,
    }


def document(*instances: dict[str, Any], owner: str | None = ALPHA, **more: Any) -> dict[str, Any]:
    account = {"OwnerId": owner} if owner else {}
    return {"Reservations": [{**account, "Instances": [one]} for one in instances], **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec(CHECKED), encoding="utf-8")
    return tmp_path


def check(folder: Path, content: Any, *options: str) -> Done:
    """The command on a file with this content: bytes, or JSON documents one after the other."""
    if not isinstance(content, bytes):
        documents = content if isinstance(content, list) else [content]
        content = "\n".join(json.dumps(one, indent=4) for one in documents).encode()
    (folder / "instances.json").write_bytes(content)
    return obsgen(folder, "compliance", "check", "instances.json", *options)


def data(done: Done) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_compliant_instances_are_fine(folder: Path) -> None:
    done = check(folder, document(instance(1), instance(2)))
    assert done.returncode == 0
    assert done.stdout == f"alpha ({ALPHA}): 2 instances, 2 compliant, 0 not compliant\n"
    assert done.stderr == ""


def test_a_table_of_what_is_wrong_and_totals(folder: Path) -> None:
    wrong = instance(2, {"Name": "web-1", "Environment": "qa", "owner": "a"})
    gone = instance(3, {}, State={"Code": 48, "Name": "terminated"})
    stopped = instance(4, {**GOOD, "Owner": " "}, State={"Code": 80, "Name": "stopped"})
    done = check(folder, document(instance(1), wrong, gone, stopped))
    assert done.returncode == 1
    assert done.stdout == (
        "INSTANCE             NAME   STATE    MISSING             INVALID\n"
        "i-00000000000000002  web-1  running  Application, Owner  "
        "Environment: `qa` is not one of dev, staging, prod\n"
        "i-00000000000000004         stopped                      Owner is blank\n"
        "i-00000000000000002: `owner` exists, but tag keys are case-sensitive: `Owner` is required\n"
        "\n"
        f"alpha ({ALPHA}): 3 instances, 1 compliant, 2 not compliant\n"
        "  Owner        missing on 1, invalid on 1\n"
        "  Application  missing on 1\n"
        "  Environment  invalid on 1\n"
        "not checked: 1 instance terminated or shutting down\n"
    )


def test_a_note_on_many_instances_is_one_line(folder: Path) -> None:
    lower = {**{key: value for key, value in GOOD.items() if key != "Owner"}, "owner": "a"}
    done = check(folder, document(*(instance(number, lower) for number in range(1, 6))))
    notes = [line for line in done.stdout.splitlines() if "case-sensitive" in line]
    assert len(notes) == 1 and " and 2 more: " in notes[0] and notes[0].count("i-0") == 3


def test_json_has_every_instance(folder: Path) -> None:
    done = check(folder, document(instance(1), instance(2, {})), "--format", "json")
    assert done.returncode == 1
    found = data(done)
    totals = {"checked": 2, "compliant": 1, "non_compliant": 1, "exempt": 0}
    assert {key: found[key] for key in totals} == totals
    assert found["environment"] == "prod"
    assert len(found["rules_version"]) == 12
    assert found["accounts"] == [{"account": ALPHA, "name": "alpha", **totals}]
    assert found["tags"]["Owner"] == {"missing": 1, "invalid": 0}
    assert [one["compliant"] for one in found["instances"]] == [True, False]
    assert found["instances"][1]["missing"] == ["Application", "Environment", "Owner"]
    assert found["instances"][0]["region"] == "eu-west-1"


def test_no_instances_are_fine(folder: Path) -> None:
    done = check(folder, document())
    assert (done.returncode, done.stdout) == (0, "prod: no instances to check\n")


def test_each_account_has_its_own_rules_and_exemptions(folder: Path) -> None:
    change = """\
compliance:
  required_tags:
    Owner: {overrides: [{where: {account: beta}, enabled: false}]}
    CostCenter: {enabled: false, overrides: [{where: {tier: standard}, enabled: true}]}
  exempt:
    - {reason: these are short-lived, tags: {Temporary: [yes]}}
"""
    (folder / "observability.yaml").write_text(spec(change.replace("[yes]", '["yes"]')), encoding="utf-8")
    files = [
        document(instance(1, {}), instance(2, {"Temporary": "yes"})),
        document(instance(1, {}), owner=BETA),
    ]
    done = check(folder, files, "--format", "json")
    found = {(one["account"], one["instance"]): one for one in data(done)["instances"]}
    assert found[ALPHA, f"i-{1:017x}"]["missing"] == ["Owner"]
    assert found[BETA, f"i-{1:017x}"]["missing"] == ["CostCenter"]
    assert found[ALPHA, f"i-{2:017x}"]["exempt"] == "these are short-lived"
    assert data(done)["exempt"] == 1


def test_an_account_that_the_spec_does_not_name_has_the_default_rules(folder: Path) -> None:
    done = check(folder, document(instance(1, {}), owner=OTHER))
    assert done.returncode == 1
    assert f"the spec does not name account {OTHER}; the default rules are used" in done.stderr
    assert f"{OTHER}: 1 instance" in done.stdout


def test_a_file_without_an_owner_needs_the_account(folder: Path) -> None:
    content = document(instance(1), owner=None)
    done = check(folder, content)
    assert done.returncode == 2
    assert "there is no `OwnerId`" in done.stderr
    assert "--account" in done.stderr
    assert check(folder, content, "--account", "beta").stdout.startswith(f"beta ({BETA}): 1 instance")
    assert check(folder, content, "--account", BETA).returncode == 0


def test_another_accounts_rules_are_used_and_that_is_said(folder: Path) -> None:
    done = check(folder, document(instance(1)), "--account", "beta")
    assert f"the file is of account {ALPHA}; the rules are those of {BETA}" in done.stderr
    assert done.stdout.startswith(f"beta ({BETA})")


def test_an_account_that_does_not_exist(folder: Path) -> None:
    done = check(folder, document(instance(1)), "--account", "alhpa")
    assert done.returncode == 2
    assert "there is no account `alhpa`" in done.stderr
    assert "did you mean `alpha`?" in done.stderr


def test_the_environment_is_the_one_that_names_the_account(folder: Path) -> None:
    change = f"""\
environments: {{dev: {{accounts: [alpha]}}, prod: {{accounts: [beta]}}}}
access: null
{CHECKED}"""
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")
    for owner, environment in ((ALPHA, "dev"), (BETA, "prod")):
        done = check(folder, document(instance(1), owner=owner), "--format", "json")
        assert (done.returncode, done.stderr) == (0, "")
        assert data(done)["environment"] == environment
    unknown = check(folder, document(instance(1), owner=OTHER))
    assert unknown.returncode == 2
    assert f"no environment names all of the accounts {OTHER}" in unknown.stderr
    assert "choose one with -e: dev, prod" in unknown.stderr
    assert check(folder, document(instance(1), owner=OTHER), "-e", "dev").returncode == 0


def test_a_spec_without_the_section_and_an_environment_that_does_not_check(folder: Path) -> None:
    (folder / "observability.yaml").write_text(spec(), encoding="utf-8")
    done = check(folder, document(instance(1)))
    assert done.returncode == 2
    assert "observability.yaml: no environment has rules for tags\n  = help: add a section `compliance:`" in done.stderr
    change = f"environments: [dev, prod]\naccess: {{owned_by: prod}}\n{CHECKED}"
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")
    assert "no rules for tags in dev" in check(folder, document(instance(1)), "-e", "dev").stderr
    assert check(folder, document(instance(1))).returncode == 0


def test_standard_input(folder: Path) -> None:
    done = obsgen(folder, "compliance", "check", "/dev/null")
    assert (done.returncode, "/dev/null: neither a file nor a pipe" in done.stderr) == (2, True)
    done = typed(folder, "compliance", "check", "-", before=_stdin(json.dumps(document(instance(1)))))
    assert (done.returncode, done.stderr) == (0, "")


def _stdin(text: str) -> str:
    return f"import io, sys; sys.stdin = io.TextIOWrapper(io.BytesIO({text.encode()!r}))"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"{", "this is not JSON: line 1, column 2"),
        (b"Reservations:\n- Instances:\n", "this is not JSON: line 1, column 1"),
        (b'{"Reservations": []}\n\nend', "this is not JSON: line 3, column 1"),
        (b"\xff\xfe\xfa", "this is no text in UTF-8 or UTF-16"),
        (b"[" * 100_000, "this is no JSON that an AWS API writes"),
        (b"1" * 5_000, "this is no JSON that an AWS API writes"),
        (b"[]", "the response has no list `Reservations`"),
        (b"{}", "the response has no list `Reservations`"),
        (b'{"Reservations": [{"Groups": []}]}', "a reservation has no list `Instances`"),
        (b'{"Reservations": [{"OwnerId": "1", "Instances": [{}]}]}', "an instance has no `InstanceId`"),
        (b'{"Reservations": null, "NextToken": "x"}', "the response has no list `Reservations`"),
    ],
)
def test_a_file_that_is_something_else(folder: Path, content: bytes, why: str) -> None:
    done = check(folder, content)
    assert done.returncode == 2
    assert re.search(rf"instances\.json: (this is no output of describe-instances: )?{re.escape(why)}", done.stderr)
    assert "= help: save the whole output of `aws ec2 describe-instances --output json`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_of_several_is_refused_for_its_totals_would_be_wrong(folder: Path) -> None:
    done = check(folder, document(instance(1), NextToken="abc"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "this file is one page of several: it ends with a `NextToken`" in done.stderr


def test_all_pages_in_one_file_are_taken(folder: Path) -> None:
    pages = [document(instance(1), NextToken="abc"), document(instance(2))]
    assert check(folder, pages).stdout.startswith(f"alpha ({ALPHA}): 2 instances")
    assert check(folder, pages[::-1]).returncode == 2


def test_an_instance_that_is_listed_twice_counts_once_and_as_it_is_listed_last(folder: Path) -> None:
    done = check(folder, [document(instance(1, {}), instance(2)), document(instance(1))])
    assert done.returncode == 0
    assert "2 instances, 2 compliant" in done.stdout
    assert "duplicates in the file: 1; the last entry of an instance is used" in done.stdout


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_what_powershell_writes_is_read(folder: Path, encoding: str) -> None:
    tags = {**GOOD, "Owner": "Grüße"}
    done = check(folder, json.dumps(document(instance(1, tags)), ensure_ascii=False).encode(encoding))
    assert (done.returncode, done.stderr) == (0, "")


def test_no_tag_can_paint_the_terminal_or_begin_a_line(folder: Path) -> None:
    evil = "\x1b[31mred\nalpha (222222222222): 0 instances\r\u202e"
    done = check(folder, document(instance(1, {"Name": evil, "Environment": evil, evil: evil})))
    assert done.returncode == 1
    assert not {"\x1b", "\r", "\u202e"} & set(done.stdout)
    assert done.stdout.count("\n") == 7


def test_a_lone_surrogate_ends_nothing(folder: Path) -> None:
    done = check(folder, document(instance(1, {"Name": "\ud800", "Environment": "\udfff"})))
    assert done.returncode == 1


def test_a_file_that_is_not_there(folder: Path) -> None:
    done = obsgen(folder, "compliance", "check", "nothing.json")
    assert done.returncode == 2
    assert "nothing.json: there is no such file" in done.stderr
    assert "aws ec2 describe-instances > nothing.json" in done.stderr


def test_a_folder_or_a_file_that_is_too_large_is_refused_at_once(folder: Path) -> None:
    with (folder / "large.json").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    before = time.process_time()
    done = obsgen(folder, "compliance", "check", "large.json")
    assert done.returncode == 2
    assert "large.json: more than 100 MB, the most that is read" in done.stderr
    assert "--query" in done.stderr
    assert time.process_time() - before < 5
    assert obsgen(folder, "compliance", "check", ".").returncode == 2


def test_the_query_that_makes_a_file_smaller_leaves_what_is_needed(folder: Path) -> None:
    jmespath = pytest.importorskip("jmespath")
    from generator.cli.compliance.check import _SMALLER

    query = _SMALLER.partition("--query '")[2].removesuffix("'")
    whole = document(instance(1), instance(2, {}, InstanceLifecycle="spot", ImageId="ami-1"))
    smaller = jmespath.search(query, whole)
    assert "ImageId" not in json.dumps(smaller)
    assert data(check(folder, smaller, "--format", "json")) == data(check(folder, whole, "--format", "json"))


def test_the_group_names_its_commands_without_loading_them() -> None:
    code = (
        "import sys\nfrom generator.cli.main import main\n"
        "try: main(['compliance', '--help'])\nexcept SystemExit: pass\n"
        "print('LOADED', *sys.modules)"
    )
    done = typed(Path(os.curdir), before=code)
    assert "check" in done.stdout
    loaded = done.stdout.rpartition("LOADED")[2].split("Usage")[0].split()
    assert "generator.cli.compliance.check" not in loaded
    assert not {"yaml", "pydantic", "boto3"} & set(loaded)


def test_the_page_shows_what_is_printed(folder: Path) -> None:
    page = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
    shown = page.partition("$ obsgen compliance check instances.json\n")[2].partition("```")[0]
    wrong = instance(2, {"Name": "web-1", "Environment": "qa", "owner": "a"})
    printed = check(folder, document(instance(1), wrong)).stdout
    assert printed.replace("alpha", "checkout") == shown
