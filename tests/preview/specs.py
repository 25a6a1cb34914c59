"""Specs of the tests of the page: a small one with every kind of card, and one whose every name is hostile."""

from __future__ import annotations

from generator.build import Built
from generator.preview.page import page_html
from generator.preview.types import EnvironmentPreview, Preview
from tests.support import built, spec

SMALL = """\
environments: [dev, prod]
access: {owned_by: prod}
accounts: {alpha: {unit: null}, beta: {labels: {tier: standard}}}
channels:
  mail: {type: email, addresses: [ops@example.com]}
  pager: {type: pagerduty, secret: shop/pagerduty}
routes: {critical: [pager, mail]}
incidents: {quiet: {severities: [medium, low], from: "22:00", to: "07:00", timezone: Europe/Berlin}}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
alarms:
  errors:
    severity: critical
    owner: shop
    runbook: https://wiki.example.com/errors
    service: orders
    summary: Orders fail
    overrides: [{where: {account: beta}, threshold: "> 9", severity: low}]
  cpu:
    metric: {namespace: AWS/EC2, name: CPUUtilization, dimensions: {AutoScalingGroupName: web}}
    statistic: Average
    period: 5m
    threshold: "> 80"
    severity: medium
    owner: platform
composites:
  shop-down: {rule: errors and cpu, severity: high, owner: shop}
event_rules:
  databases: {pack: rds}
dashboards:
  orders:
    widgets:
      - {type: text, markdown: "# Orders"}
      - {type: metric, title: Errors, metric: {filter: errors}, statistic: Sum}
  shop:
    widgets:
      - {type: metric, title: Errors, metric: {filter: errors}, statistic: Sum, view: gauge, min: 0, max: 100}
      - {type: alarms, title: Alarms, alarms: [errors]}
"""

MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
TURNED = "\u202eevil"


def small() -> Built:
    """The build of the small spec."""
    return built(spec(SMALL))


def page_of(made: Built, **options: object) -> str:
    """The page of a build, without charts."""
    assert not [finding for finding in made.findings if finding.severity == "error"], made.findings
    environments = [EnvironmentPreview(estate, made.costs[name]) for name, estate in made.estates.items()]
    return page_html(Preview("shop", environments, **options))  # type: ignore[arg-type]
