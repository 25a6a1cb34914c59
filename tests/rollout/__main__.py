"""`python -m tests.rollout`: the stand-in for AWS, to try commands by hand.

Not in stand_in.py itself: moto takes the service's name from a class's module, which is `__main__` there.
"""

from __future__ import annotations

import time

import boto3
import click

from tests.rollout.front import front
from tests.rollout.stand_in import stand_in


def main() -> None:
    """Start one with an organization of four accounts, say what to export, and stay until Ctrl-C."""
    with stand_in() as target, front(target) as before:
        known = {"region_name": "us-east-1", "aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
        organizations = boto3.client("organizations", endpoint_url=target, **known)
        identity = organizations.create_organization(FeatureSet="ALL")["Organization"]
        names = ("first", "second", "third", "fourth")
        made = [organizations.create_account(AccountName=name, Email=f"{name}@example.com") for name in names]
        ids = [one["CreateAccountStatus"]["AccountId"] for one in made]
        click.echo(f"export AWS_ENDPOINT_URL={before.address} AWS_DEFAULT_REGION=us-east-1")
        click.echo("export AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=nothing")
        click.echo(f"# organization: {{id: {identity['Id']}, stack_sets: management}}")
        click.echo(f'# hub: {{account: "{identity["MasterAccountId"]}"}}')
        click.echo("# accounts:")
        for name, account in zip(names, ids, strict=True):
            click.echo(f'#   {name}: {{id: "{account}"}}')
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
