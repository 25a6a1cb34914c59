"""Channels and routes, with every reference looked up."""

from __future__ import annotations

from collections.abc import Sequence

from generator.findings import Finding, Path, unknown_reference
from generator.model.delivery import DeliveryPolicy, Digest
from generator.model.routing import Channel
from generator.resolve.routing.targets import target_faults
from generator.resolve.scope import Scope, unknown_environments
from generator.resolve.section import Section
from generator.spec.addresses import is_private
from generator.spec.channels.email import EmailChannel
from generator.spec.delivery import DigestSpec
from generator.spec.routing import ChannelSpec

# A decision is one transaction: the alarm, its incident, and a delivery for each recipient. It has 100 items at most,
# and a
# severity that is raised adds a second route's channels.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
MOST_IN_ROUTE = 40
_OF_DELIVERY = {"rate", "retry_for", "missed", "time_limit", "digest", "private", "environments"}
# What may be another one in each environment; a key in Jira has capital letters only.
_FILLED = ("bus", "channel", "topic", "url")


def channels(scope: Scope, findings: list[Finding]) -> tuple[Channel, ...]:
    """Every channel, by name; an address or a digest that cannot be is a finding (R05, R07)."""
    channels = []
    for name, spec in sorted(scope.document.channels.items()):
        path: Path = ("channels", name)
        findings += unknown_environments(spec.environments or (), path, scope.document)
        if not exists_in(spec, scope.environment):
            continue
        fields = spec.model_dump(exclude={"type", "secret", "addresses", *_OF_DELIVERY}, exclude_none=True)
        settings = {
            key: dict(sorted(value.items())) if isinstance(value, dict) else value for key, value in fields.items()
        }
        for key in _FILLED:
            if key in settings:
                settings[key] = scope.fill(str(settings[key]), (*path, key), findings)
        if "project" in settings:
            settings["project"] = _jira_project(str(settings["project"]), (*path, "project"), scope, findings)
        findings += target_faults(settings, path, scope.hub)
        addresses = spec.addresses if isinstance(spec, EmailChannel) else []
        secret = getattr(spec, "secret", None)
        channels.append(
            Channel(
                name,
                spec.type,
                path,
                _delivery(name, spec, findings),
                tuple(
                    sorted(
                        {
                            scope.fill(address, (*path, "addresses", at), findings)
                            for at, address in enumerate(addresses)
                        }
                    )
                ),
                scope.fill(secret, (*path, "secret"), findings) if secret else None,
                tuple(sorted(settings.items())),
            )
        )
    return tuple(channels)


def _jira_project(key: str, path: Path, scope: Scope, findings: list[Finding]) -> str:
    """`OPS{environment}` is OPSPROD. https://support.atlassian.com/jira-cloud-administration/docs/manage-project-keys/"""
    return scope.fill(key, path, findings).upper().replace("-", "") if "{" in key else key


def _delivery(name: str, spec: ChannelSpec, findings: list[Finding]) -> DeliveryPolicy:
    private = bool(getattr(spec, "private", False))
    address = getattr(spec, "url", None)
    if address and is_private(address) and not private:
        can_be = "private" in type(spec).model_fields
        message = "this address is in a private network, and every call contains a secret"
        hint = (
            "set `private: true` on the channel to allow it"
            if can_be
            else f"`private` is for Jira and webhooks, but {spec.type} is a service on the Internet"
        )
        findings.append(Finding("R05", message, ("channels", name, "url"), hint=hint))
    return DeliveryPolicy(
        rate_per_minute=spec.rate,
        retry_seconds=spec.retry_for,
        missed=spec.missed,
        time_limit_seconds=spec.time_limit,
        digest=_digest(name, spec, findings),
        private=private,
    )


def _digest(name: str, spec: ChannelSpec, findings: list[Finding]) -> Digest | None:
    """The digest of a channel, if it has one; by itself it never begins above the channel's rate."""
    digest = spec.digest
    if not isinstance(digest, DigestSpec):
        return None
    if "above" not in digest.model_fields_set:
        return Digest(min(digest.above, spec.rate), digest.every)
    if digest.above > spec.rate:
        message = f"a digest above {digest.above}/1m never starts: at most {spec.rate}/1m are sent"
        hint = f"use at most {spec.rate}/1m, or increase `rate`"
        findings.append(Finding("R07", message, ("channels", name, "digest", "above"), hint=hint))
    return Digest(digest.above, digest.every)


def exists_in(spec: ChannelSpec, environment: str) -> bool:
    """True if an environment has a channel."""
    return spec.environments is None or environment in spec.environments


def recipients(names: Sequence[str], what: str, path: Path, scope: Scope, findings: list[Finding]) -> tuple[str, ...]:
    """The named channels that the environment has; one that does not exist, or too many, are findings (R02, R07).

    what: the subject of their notifications. path: of the list.
    """
    known = scope.document.channels
    for index, name in enumerate(names):
        if name not in known:
            findings.append(unknown_reference("R02", "channel", name, known, (*path, index)))
    distinct = tuple(dict.fromkeys(names))
    if len(distinct) > MOST_IN_ROUTE:
        message = f"{what} has {len(distinct)} channels, which is more than one transaction can have"
        hint = f"use at most {MOST_IN_ROUTE} channels; one e-mail channel can have many addresses"
        findings.append(Finding("R07", message, path, hint=hint))
    return tuple(name for name in distinct if name not in known or exists_in(known[name], scope.environment))


SECTIONS = (Section("channels", {"channels": lambda resolved: channels(resolved.scope, resolved.findings)}),)
