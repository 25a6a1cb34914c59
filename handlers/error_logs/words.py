"""Words by what they mean beside what changes: names, days, units, and words that announce a status or a code."""

from __future__ import annotations

# Last labels of names of hosts, and first labels of packages of code, which look alike.
HOST_ENDS = frozenset((
    "com", "net", "org", "io", "internal", "local", "localdomain", "example", "dev", "cloud", "edu", "gov",
    "eu", "de", "uk", "fr", "nl", "ch", "at", "it", "es", "pl", "se", "cn", "jp", "in", "ru", "us", "br",
    "info", "biz", "test", "invalid", "lan", "corp", "home", "cc", "tv", "me", "co", "ca", "au", "kr", "hk",
    "tw", "kz", "aws", "compute",
))  # fmt: skip
PACKAGES = frozenset((
    "com", "org", "net", "io", "java", "javax", "jdk", "sun", "edu", "de", "gov", "dev", "co",
))  # fmt: skip
DAYS = frozenset((
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
))  # fmt: skip
MONTHS = frozenset((
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
))  # fmt: skip
# Vendors whose codes say what happened, as `ORA-00060` does; a part of patterns.
VENDORS = "ORA|TNS|PLS|RMAN|SQL|HHH|WFLY[A-Z]{1,8}|AMQ|JBAS|MSB|CS|TS|IDX|NU"
# Before an identifier, whatever it looks like.
ID_BEFORE = frozenset((
    "ID:", "Id:", "id:", "RequestId:", "RequestID:", "requestId:", "request_id:", "TraceId:", "traceId:", "trace_id:",
    "jti:", "uuid:", "UUID:", "etag:", "ETag:", "correlationId:", "CorrelationId:",
))  # fmt: skip
# Before `user` and a name, as in `invalid user root`; and what is no name after it.
USER_BEFORE = frozenset((
    "for", "by", "invalid", "unknown", "illegal", "of", "as", "from", "with",
))  # fmt: skip
NO_NAMES = frozenset((
    "input", "request", "service", "session", "profile", "id", "data", "account", "token", "agent", "not", "is",
    "was", "has", "with", "does", "cannot", "error", "from",
))  # fmt: skip
# Names of formats and services that have a digit and no number.
NO_NUMBERS = frozenset((
    "s3", "ec2", "k8s", "ipv4", "ipv6", "utf8", "sha1", "sha256", "sha512", "md5", "http2", "http3", "oauth2",
    "log4j", "log4j2", "x509", "x86", "base64", "i18n", "l10n", "h2", "p99", "mp4", "route53", "v2ray", "tls1",
    "ssl3", "neo4j", "amd64", "arm64", "x64", "win32", "web3", "k3s",
))  # fmt: skip
# Before an exit code, a signal or an errno; before a status of HTTP.
CODE_BEFORE = frozenset((
    "exit", "exitcode", "exitstatus", "exited", "signal", "errno", "sqlstate",
))  # fmt: skip
STATUS_BEFORE = frozenset((
    "status", "statuscode", "code", "http", "https", "answered", "returned", "responded", "response", "respond",
    "got", "received", "with", "error", "errorcode", "httpstatus", "httpcode",
))  # fmt: skip
# First words of reason phrases, after a status (RFC 9110, 15.5 and 15.6).
REASONS = frozenset((
    "Bad", "Unauthorized", "Payment", "Forbidden", "Not", "Method", "Proxy", "Request", "Conflict", "Gone",
    "Length", "Precondition", "Payload", "Content", "URI", "Unsupported", "Unprocessable", "Too", "Internal",
    "Service", "Gateway", "Client", "Server",
))  # fmt: skip
# Names whose values say what happened; small letters, without signs between the words.
TELLING = frozenset((
    "status", "code", "statuscode", "httpstatus", "httpstatuscode", "httpcode", "responsecode",
    "responsestatus", "exitcode", "exitstatus", "returncode", "rc", "errorcode", "errcode", "smtpcode",
    "grpccode", "signal", "errno", "reason", "error", "err", "type", "errortype", "exceptiontype", "state",
    "kind", "cause", "exception", "sqlstate", "level", "grpcstatus",
))  # fmt: skip
