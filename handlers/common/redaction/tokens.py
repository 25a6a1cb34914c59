"""Tokens that their vendor gave a shape of its own, JSON Web Tokens, and private keys.

The prefixes are facts from gitleaks' rules (their names stand in the third column), from the vendors' pages where there
is none, and for AWS from https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids.
Lengths are shorter than a scanner's of source files, which asks for the whole token: a log line is often cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from handlers.common.redaction.spans import Span, lazy


class Token(NamedTuple):
    """kind: what people read in its place. pattern: from its prefix on. source: a rule of gitleaks, or a page."""

    kind: str
    pattern: str
    source: str


_JWT = "jwt"
TOKENS = (
    Token("aws access key", r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])", "aws-access-token"),
    Token(
        "aws bedrock key",
        r"(?:ABSK|bedrock-api-key-)[\w+/-]{32,}+=*+",
        "aws-amazon-bedrock-api-key-long-lived, …-short-lived",
    ),
    Token(
        "github token",
        r"gh[pousr]_\w{16,}+|github_pat_\w{22,}+",
        "github-pat, -oauth, -app-token, -refresh-token, -fine-grained-pat",
    ),
    Token(
        "gitlab token",
        r"(?:glpat|gldt|glrt|glcbt|glptt|glft|glffct|glimt|glagent|gloas|glsoat)-[\w.-]{16,}+|GR1348941[\w-]{16,}+",
        "gitlab-pat and ten others of gitlab-",
    ),
    Token(
        "slack token",
        r"xox[abeoprs](?:\.xox[bp])?-[\w-]{10,}+|xapp-[0-9]-[\w-]{10,}+",
        "slack-bot-token and eight others of slack-",
    ),
    Token(
        "stripe key",
        r"(?:sk|rk)_(?:live|test|prod)_\w{10,}+|whsec_[\w+/]{16,}+=*+",
        "stripe-access-token; docs.stripe.com/webhooks",
    ),
    Token(
        "google key",
        r"AIza[\w-]{30,}+|GOCSPX-[\w-]{20,}+|ya29\.[\w-]{20,}+",
        "gcp-api-key; developers.google.com/identity",
    ),
    Token("sendgrid key", r"SG\.[\w-]{16,}+\.[\w-]{16,}+", "sendgrid-api-token"),
    Token("npm token", r"npm_[A-Za-z0-9]{20,}+", "npm-access-token"),
    Token("pypi token", r"pypi-[\w-]{32,}+", "pypi-upload-token"),
    Token("atlassian token", r"AT(?:ATT|CTT|BB|LAS)[\w=-]{20,}+", "atlassian-api-token; id.atlassian.com"),
    Token(
        "shopify token", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16,}+", "shopify-access-token and three others of shopify-"
    ),
    Token(
        "openai key",
        r"sk-(?:proj|svcacct|admin)-[\w-]{20,}+|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{10,}+",
        "openai-api-key",
    ),
    Token("anthropic key", r"sk-ant-[\w-]{20,}+", "anthropic-api-key, anthropic-admin-api-key"),
    Token("grafana token", r"gl(?:sa|c)_[\w+/]{20,}+=*+", "grafana-service-account-token, grafana-cloud-api-token"),
    Token("databricks token", r"dapi[a-f0-9]{32}(?:-[0-9])?", "databricks-api-token"),
    Token("azure secret", r"[\w.~]{3}[0-9]Q~[\w.~-]{20,}+", "azure-ad-client-secret"),
    Token("vault token", r"hv[bsr]\.[\w-]{20,}+", "vault-service-token, vault-batch-token"),
    Token("terraform token", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{20,}+", "hashicorp-tf-api-token"),
    Token("digitalocean token", r"do[opr]_v1_[a-f0-9]{32,}+", "digitalocean-access-token, -pat, -refresh-token"),
    Token("doppler token", r"dp\.pt\.[A-Za-z0-9]{20,}+", "doppler-api-token"),
    Token("dynatrace token", r"dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20,}+", "dynatrace-api-token"),
    Token("heroku key", r"HRKU-AA[\w-]{20,}+", "heroku-api-key-v2"),
    Token("hugging face token", r"(?:hf|api_org)_[A-Za-z]{30,}+", "huggingface-access-token, -organization-api-token"),
    Token("linear key", r"lin_api_[A-Za-z0-9]{20,}+", "linear-api-key"),
    Token("notion token", r"ntn_[0-9]{11}[A-Za-z0-9]{20,}+", "notion-api-token"),
    Token(
        "planetscale token", r"pscale_(?:tkn|oauth|pw)_[\w=.-]{20,}+", "planetscale-api-token, -oauth-token, -password"
    ),
    Token("postman key", r"PMAK-[A-Fa-f0-9-]{24,}+", "postman-api-token"),
    Token("pulumi token", r"pul-[a-f0-9]{40}", "pulumi-api-token"),
    Token("rubygems key", r"rubygems_[a-f0-9]{32,}+", "rubygems-api-token"),
    Token("sentry token", r"sntry[su]_[\w+/=]{20,}+", "sentry-org-token, sentry-user-token"),
    Token("brevo key", r"xkeysib-[a-f0-9-]{32,}+", "sendinblue-api-token"),
    Token("shippo token", r"shippo_(?:live|test)_[A-Fa-f0-9]{20,}+", "shippo-api-token"),
    Token("square token", r"(?:EAAA|sq0(?:atp|csp|idp)-)[\w-]{20,}+", "square-access-token"),
    Token("easypost key", r"EZ[AT]K[A-Za-z0-9]{40,}+", "easypost-api-token, easypost-test-api-token"),
    Token("flutterwave key", r"FLWSECK(?:_TEST)?-[A-Za-z0-9-]{12,}+", "flutterwave-secret-key, -encryption-key"),
    Token("twilio key", r"SK[0-9a-f]{32}(?![A-Za-z0-9])", "twilio-api-key"),
    Token(
        "1password secret",
        r"ops_eyJ[\w+/]{32,}+=*+|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,}+",
        "1password-secret-key, -service-account-token",
    ),
    Token("age key", r"AGE-SECRET-KEY-1[A-Z0-9]{32,}+", "age-secret-key"),
    Token("fly token", r"fo1_[\w-]{32,}+|fm[12][ar]?_[\w+/]{40,}+=*+", "flyio-access-token"),
    Token(
        "artifactory key",
        r"AKCp[A-Za-z0-9]{60,}+|cmVmd[A-Za-z0-9]{59}",
        "artifactory-api-key, artifactory-reference-token",
    ),
    Token("alibaba key", r"LTAI[A-Za-z0-9]{16,}+", "alibaba-access-key-id"),
    Token("openshift token", r"sha256~[\w-]{40,}+", "openshift-user-token"),
    Token("new relic key", r"NRAK-[A-Z0-9]{20,}+|NRI[IQ]-[\w-]{20,}+", "new-relic-user-api-key, -insert-key"),
    Token("mailgun key", r"key-[a-f0-9]{32}(?![A-Za-z0-9])", "mailgun-private-api-token"),
    Token(_JWT, r"eyJ[\w-]{6,}+(?:\.[\w-]*+){0,4}+", "jwt"),
)
_PEM = lazy(
    r"-----BEGIN[ A-Z0-9]{0,40}+(?:(?<=PRIVATE KEY)|(?<=PRIVATE KEY BLOCK))-----"
    r"[^-]*+(?:-(?!----)[^-]*+)*+(?:-----END[^-\n]{0,60}+-----)?"
)
_PEM_END = lazy(r"-----END[ A-Z0-9]{0,40}+-----")
_LINE_END = lazy(r"\n|\\r|\\n")
_BASE64 = lazy(r"[A-Za-z0-9+/=]{4,}+\r?")


def vendor_tokens(text: str) -> Iterator[Span]:
    """Tokens by their vendor's prefix."""
    for match in _ANY().finditer(text):
        kind = TOKENS[(match.lastindex or 1) - 1].kind
        # One part alone is base64 of a JSON object, as in positions of lists.
        if kind != _JWT or "." in match[0]:
            yield Span(*match.span(), kind)


# Not after a letter or a digit, so that no word ends in a token by chance. The empty group at each one's end says which
# it was; a group around it would keep the engine from ruling it out by its first letter.
_ANY = lazy(r"(?<![A-Za-z0-9])(?=[\w.~])(?:" + "|".join(f"(?:{token.pattern})()" for token in TOKENS) + ")")


def private_keys(text: str) -> Iterator[Span]:
    """PEM and PGP private keys, also on one line with `\\n`, and cut: without their end to the end of the text."""
    end = 0
    for match in _PEM().finditer(text):
        end = match.end()
        yield Span(*match.span(), "private key")
    for match in _PEM_END().finditer(text, end):
        if "PRIVATE KEY" in match[0]:
            yield Span(_base64_before(text, match.start(), end), match.end(), "private key")
        end = match.end()


def _base64_before(text: str, end: int, limit: int) -> int:
    """Where the lines of base64 begin that end at `end`."""
    starts = [limit, *(match.end() for match in _LINE_END().finditer(text, limit, end))]
    start = end
    for begin, stop in zip(reversed(starts), [end, *reversed(starts)], strict=False):
        line = text[begin:stop].removesuffix("\n").removesuffix("\\n").removesuffix("\\r").removesuffix("\r")
        if line and not _BASE64().fullmatch(line):
            break
        start = begin
    return start
