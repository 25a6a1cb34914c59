"""Which names carry a secret: by their parts, joined by `_`, `-`, `.` or camelCase.

Sources, as facts: the key words of detect-secrets' KeywordDetector (D), the names in gitleaks' generic-api-key and
its rules by vendor (G), Sentry Relay's password rule (S), AWS's credential and request fields (A), RFC 6749, 6750 and
7636 for OAuth (O), PCI DSS 3.3.1 for card verification codes and PINs (P), ours (-).
"""

from __future__ import annotations

from handlers.common.redaction.spans import lazy

PASSWORD, SECRET, TOKEN, KEY = "password", "secret", "token", "key"  # noqa: S105
AUTHORIZATION, COOKIE, SESSION, SIGNATURE, CODE = "authorization", "cookie", "session", "signature", "security code"

# The last part, alone or glued to another word (PGPASSWORD, authtoken), and what it means.
_ENDINGS = (
    ("password", PASSWORD),  # D G S
    ("passwd", PASSWORD),  # D G S
    ("passphrase", PASSWORD),  # G
    ("passcode", PASSWORD),  # -
    ("passwort", PASSWORD),  # -
    ("kennwort", PASSWORD),  # -
    ("contrasena", PASSWORD),  # D
    ("contraseña", PASSWORD),  # D
    ("pwd", PASSWORD),  # D S (mysql_pwd)
    ("secret", SECRET),  # D G S A (SecretString, client secrets)
    ("token", TOKEN),  # D G S A (SessionToken, X-Amz-Security-Token)
    ("apikey", KEY),  # D G S
    ("secretkey", KEY),  # D G
    ("accesskey", KEY),  # A G
    ("privatekey", KEY),  # D S
    ("privkey", KEY),  # D
    ("authkey", KEY),  # D
    ("accountkey", KEY),  # D (Azure storage)
    ("encryptionkey", KEY),  # -
    ("signingkey", KEY),  # -
    ("authorization", AUTHORIZATION),  # G S
    ("sessid", SESSION),  # - (PHPSESSID)
    ("sessionid", SESSION),  # - (JSESSIONID, Django, ASP.NET)
    ("cookie", COOKIE),  # S
)
# The last part as a whole.
_WORDS = {
    **dict.fromkeys(("pass", "dbpass", "userpass", "smtppass", "keypass", "storepass", "pw", "psw"), PASSWORD),  # D G
    **dict.fromkeys(("otp", "totp", "senha", "pswd"), PASSWORD),  # S -
    **dict.fromkeys(("credential", "credentials", "creds"), SECRET),  # G S
    **dict.fromkeys(("sig", "signature"), SIGNATURE),  # A (X-Amz-Signature), Azure's shared access signatures
    **dict.fromkeys(("cvv", "cvv2", "cvc", "cvc2", "cvn"), CODE),  # P
    **dict.fromkeys(("bearer", "samlresponse", "samlrequest"), TOKEN),  # S -
    **dict.fromkeys(("appkey", "dbkey", "clientkey", "servicekey", "applicationkey", "databasekey"), KEY),  # D
}
# The last two parts.
_PAIRS = {
    ("session", "id"): SESSION,  # -
    ("security", "code"): CODE,  # P
    ("secret", "binary"): SECRET,  # A
    ("pass", "phrase"): PASSWORD,  # -
    ("pass", "code"): PASSWORD,  # -
    ("verification", "code"): PASSWORD,  # -
    ("two", "factor"): PASSWORD,  # S
    ("code", "verifier"): SECRET,  # O
    ("client", "assertion"): TOKEN,  # O
    ("saml", "response"): TOKEN,  # -
    ("saml", "request"): TOKEN,  # -
}
# `key` is a secret after these only: not primary_key, partition_key, routing_key, public_key, kms_key.
_KEYS_OF_SCANNERS = """
    account api app application auth client database db priv private secret service
"""  # D G
_KEYS_OF_VENDORS = """
    access admin cipher consumer crypt decryption deploy encryption functions gateway hmac ingestion instrumentation
    integration license master merchant root session shared signature signing ssh storage subscription terminal
    webhook write
"""  # A -
_BEFORE_KEY = frozenset((_KEYS_OF_SCANNERS + _KEYS_OF_VENDORS).split())
# Words after the noun that leave it what it is: password_confirmation, SecretString, token_value, secret_key_base.
_AFTER = frozenset(
    ("value", "string", "confirmation", "confirm", "repeat", "base", "plain", "plaintext", "text", "encoded", "raw")
    + ("base64", "b64", "hash")
)
# A question or a count about a secret is none.
_BEFORE = frozenset(("has", "is", "needs", "requires", "uses", "num", "min", "max", "show", "forgot"))
# Positions in lists, which AWS's and others' interfaces call tokens.
_PAGES = frozenset(("next", "page", "continuation", "pagination", "sync", "resume", "start"))
_GLUED_PAGES = frozenset(("nexttoken", "pagetoken", "continuationtoken"))

# With one of these in it a name is worth to be taken apart.
WORTH = lazy(
    r"(?i)pass|pwd|pw|psw|secret|token|key|auth|kennwort|contrase|senha|otp|cred|sig|cv[vcn]|saml"
    r"|sess|cookie|code|pin|assertion|factor|bearer"
)
_PARTS = lazy(r"[A-Z]+(?=[A-Z][a-zß-ÿ])|[A-Z]?[a-zß-ÿ]+|[A-Z]+|[0-9]+")


def kind_of(name: str) -> str:
    """The kind of secret that a value of this name is; empty where it is none."""
    parts = [part.lower() for part in _PARTS().findall(name)]
    if parts[-3:] == ["private", "key", "id"]:  # Google's service accounts
        return KEY
    while len(parts) > 1 and (parts[-1].isdigit() or parts[-1] in _AFTER):
        parts.pop()
    if not parts or parts[0] in _BEFORE:
        return ""
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if last.isdigit():
        return ""
    if last == "key":
        return KEY if before in _BEFORE_KEY else ""
    if last in _GLUED_PAGES or (last == "token" and before in _PAGES):
        return ""
    if last == "auth" and name.startswith("_"):  # npm's configuration
        return KEY
    if last == "pin" and len(parts) == 1:
        return CODE
    if last in ("nopasswd", "nopassword"):  # sudo
        return ""
    kind = _WORDS.get(last) or _PAIRS.get((before, last), "")
    return kind or next((kind for ending, kind in _ENDINGS if last.endswith(ending)), "")
