"""Fingerprints: how well they tell errors apart, what they are made of, and that no line makes them slow or fail."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from unicodedata import category

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.common.redact import redact
from handlers.error_logs.fingerprint import ALGORITHM, Rules, fingerprint
from handlers.error_logs.masks import MASK, masked
from tests.error_logs.corpus import SETS, events, mistakes, scored
from tests.error_logs.hostile import texts
from tests.support import ROOT

RULES = Rules()


def key(text: str) -> str:
    return fingerprint(text, RULES).key


@pytest.mark.parametrize("name", SETS)
def test_pairs_of_a_set_have_one_key_where_they_are_one_error(name: str) -> None:
    figures = scored(name, key)
    assert figures.precision >= 0.99 and figures.recall >= 0.95, mistakes(name, key)


def test_all_sets_together_are_told_apart_and_have_the_size_that_was_asked_for() -> None:
    lines = [event for name in SETS for event in events(name)]
    kinds: dict[str, set[str]] = {}
    for error, event in lines:
        kinds.setdefault(key(event), set()).add(error)
    assert [errors for errors in kinds.values() if len(errors) > 1] == []
    assert len(lines) >= 300 and len({error for error, _ in lines}) >= 40


@pytest.mark.parametrize("name", SETS)
def test_the_page_shows_the_figures(name: str) -> None:
    page = (ROOT / "docs" / "fingerprints.md").read_text(encoding="utf-8")
    figures = scored(name, key)
    assert f"| {name}, now | {figures.precision:.3f} | {figures.recall:.3f} | {figures.group:.3f} |" in page


def test_redaction_changes_no_group() -> None:
    for name in SETS:
        figures = scored(name, lambda event: key(redact(event)))
        assert figures.precision >= 0.99 and figures.recall >= 0.95


def test_a_key_names_the_algorithm_and_the_shape_says_what_made_it() -> None:
    found = fingerprint("2026-01-01T00:00:00Z ERROR [pay] order 8812 of db1.internal was refused", RULES)
    assert re.fullmatch(rf"{ALGORITHM}-[0-9a-f]{{16}}", found.key)
    assert found.shape == "order <*> of <*> was refused"
    assert (found.title, found.kind, found.literal) == ("order … of … was refused", "log", "was refused")


# What stays makes another key: each of a row differs from the others.
APART = (
    ("answered 502", "answered 401", "answered 503"),
    ("call failed with status code 404", "call failed with status code 500"),
    ("request failed: 502 Bad Gateway", "request failed: 504 Gateway Timeout"),
    ("job 7 failed with exit code 2", "job 7 failed with exit code 3", "job 7 was killed by signal 9"),
    ("main process exited, status=137/n/a", "main process exited, status=1/FAILURE"),
    ('violates unique constraint "orders_pkey"', 'violates unique constraint "users_email_key"'),
    ('{"level":"error","msg":"x failed","status":502}', '{"level":"error","msg":"x failed","status":404}'),
    (
        '10.0.0.1 - - "GET /a HTTP/1.1" 500 12',
        '10.0.0.1 - - "POST /a HTTP/1.1" 500 12',
        '10.0.0.1 - - "GET /a HTTP/1.1" 503 9',
    ),
    ("[Errno 28] write failed", "[Errno 32] write failed"),
    ("ORA-00060: failed", "ORA-12541: failed"),
    ("x.s3.model.S3Exception: failed", "x.s3.model.NoSuchKeyException: failed"),
    ("s3 is unavailable", "ec2 is unavailable", "sqs is unavailable"),
)


@pytest.mark.parametrize("row", APART, ids=[row[0] for row in APART])
def test_what_says_what_happened_stays(row: tuple[str, ...]) -> None:
    assert len({key(text) for text in row}) == len(row)


# What changes from one occurrence to the next: all of a row are one.
ONE = (
    (
        "cannot reach 10.0.0.1:5432",
        "cannot reach db-1.internal:5432",
        "cannot reach 2001:db8::1",
        "cannot reach a1b2c3.example.com",
    ),
    (
        "task 0123456789abcdef0123456789abcdef is gone",
        "task 5f1e2d3c-0000-4000-8000-000000000001 is gone",
        "task 17 is gone",
    ),
    ("read failed at 2026-01-01T00:00:00Z", "read failed at 2026-12-31 23:59:59.999", "read failed at 10:11:12,131"),
    ("cannot open /var/lib/a.tmp", "cannot open /tmp/x/y/z.csv", "cannot open C:\\data\\x.csv"),
    ("took 12.3s, gave up", "took 450ms, gave up", "took 3 seconds, gave up", "took 1m3s, gave up"),
    ("user=alice shard=3 refused", 'user="bob smith" shard=12 refused'),
    ('write failed {"a": 1, "b": [2]}', 'write failed {"c": "x"}', "write failed"),
    ("no role arn:aws:iam::111122223333:role/a", "no role arn:aws:iam::444455556666:role/b/c"),
    ("mail to [redacted: email] bounced", "mail to alice@example.com bounced", "mail to b.c+d@example.org bounced"),
    ("login failed for user alice from 10.0.0.1", "login failed for user bob from 10.9.9.9"),
    ("offset -1 is bad", "offset 99 is bad", "offset +3 is bad"),
    ("https://a.example/x failed", "http://10.0.0.1:8080/y?z=1 failed"),
    ("denied (Request ID: 8ZQ1WJ3K5M7N9P2R)", "denied (Request ID: QWERTYUIOPASDFGH)"),
    ("GET /a?b=c failed", "GET /d/1 failed", "GET data/x.csv failed"),
    ("instance i-0123456789abcdef0 is gone", "instance i-0ffffffffffffffff is gone"),
)


@pytest.mark.parametrize("row", ONE, ids=[row[0] for row in ONE])
def test_what_changes_is_masked(row: tuple[str, ...]) -> None:
    assert len({key(text) for text in row}) == 1, [masked(text) for text in row]


def test_a_rule_of_the_file_gives_a_key_of_its_own_by_its_name() -> None:
    rules = Rules((("ledger timeout", re.compile("ledger.*timed out")), ("later", re.compile("ledger"))))
    one, two = (
        fingerprint(text, rules) for text in ("ERROR ledger a timed out", "cannot ask ledger b: timed out after 3 s")
    )
    assert one.key == two.key and one.title == "ledger timeout" and one.shape == "same: ledger timeout"
    assert fingerprint("ERROR ledger is closed", rules).title == "later"
    assert fingerprint("ERROR other", rules).key == key("ERROR other")


LAMBDA = (
    (
        "2026-04-01T10:00:03.003Z 8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b Task timed out after 3.00 seconds",
        "Task timed out",
    ),
    (
        "RequestId: 8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b Error: Runtime exited with error: signal: killed"
        "\nRuntime.ExitError",
        "Runtime exited with error: signal: killed",
    ),
    (
        "REPORT RequestId: 8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b\tDuration: 3000.00 ms\tStatus: timeout",
        "Task timed out",
    ),
    (
        "2026-05-05T05:05:05.555Z\t8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b\tERROR\tInvoke Error \t"
        '{"errorType":"TypeError","errorMessage":"x is not a function","stack":["TypeError: x is not a function",'
        '"    at charge (file:///var/task/charge.mjs:41:22)"]}',
        "TypeError: x is not a function",
    ),
    (
        '{"timestamp":"2026-04-04T04:04:04Z","log_level":"ERROR","errorMessage":"bad amount","errorType":"ValueError",'
        '"requestId":"8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b","stackTrace":["  File \\"/var/task/app.py\\", line 2,'
        ' in run\\n    x()\\n"]}',
        "ValueError: bad amount",
    ),
)


@pytest.mark.parametrize(("text", "title"), LAMBDA, ids=[title for _, title in LAMBDA])
def test_a_failed_invocation_is_a_kind_of_its_own_with_its_request(text: str, title: str) -> None:
    found = fingerprint(text, RULES)
    assert (found.kind, found.title, found.request) == ("lambda", title, "8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b")


def test_an_unhandled_exception_of_python_is_a_failed_invocation_and_a_handled_one_is_none() -> None:
    trace = 'Traceback (most recent call last):\n  File "/var/task/book.py", line 3, in book\n    x()\nValueError: no'
    unhandled = fingerprint(f"[ERROR] ValueError: no\n{trace.rpartition(chr(10))[0]}", RULES)
    assert (unhandled.kind, unhandled.source_path) == ("lambda", "book.py")
    request = "8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b"
    handled = fingerprint(f"[ERROR]\t2026-01-01T00:00:00.000Z\t{request}\tfailed\n{trace}", RULES)
    assert (handled.kind, handled.request) == ("log", request)
    node = fingerprint(f"2026-01-01T00:00:00.000Z\t{request}\tERROR\tpayment declined", RULES)
    assert (node.kind, node.request, node.shape) == ("log", request, "payment declined")


FRAMES = "    at charge (/srv/app/src/charge.js:1:2)\n    at run (/srv/app/src/run.js:3:4)"
ALIKE = (
    # colours, as consoles have them
    ("ERROR order 7 was refused", "\x1b[31mERROR\x1b[0m order \x1b[1m8\x1b[0m was refused"),
    # carriage returns, as Lambda's runtime of Node writes a text of several lines
    (
        f"Refused: no\n{FRAMES}",
        f"2026-01-01T00:00:00Z ERROR Refused: no\n{FRAMES}",
        f"Refused: no\n{FRAMES}".replace("\n", "\r"),
    ),
    # ends of lines as letters
    (
        "x.y.Refused: a\n\tat x.y.Z.f(Z.java:1)",
        "x.y.Refused: b\\n\\tat x.y.Z.f(Z.java:2)",
        "x.y.Refused: c\r\n\tat x.y.Z.f(Z.java:2)",
    ),
    # a type without the usual end of its name
    (
        'Traceback (most recent call last):\n  File "/app/a.py", line 1, in f\n    g()\nStopIteration',
        'ERROR x\nTraceback (most recent call last):\n  File "/app/a.py", line 9, in f\n    g()\nStopIteration: 7',
    ),
)


@pytest.mark.parametrize("row", ALIKE, ids=[ascii(row[0][:30]) for row in ALIKE])
def test_how_a_text_was_written_makes_no_other_error(row: tuple[str, ...]) -> None:
    assert len({key(text) for text in row}) == 1, [fingerprint(text, RULES).shape for text in row]


def test_what_cannot_be_encoded_or_printed_is_in_no_shape_and_no_title() -> None:
    found = fingerprint('{"level":"error","message":"a\\ud800 \\u0000 \\u001b[1m failed"}', RULES)
    for text in (found.shape, found.title):
        text.encode()
        assert text.isprintable()


SOURCES = (
    ("psycopg-timeout", "ledger/store.py"),
    ("java-npe-cart", "com/acme/shop/CartService.java"),
    ("go-panic", "quote/engine.go"),
    ("dotnet-null", "Api/OrdersController.cs"),
    ("lambda-node-error", "load.js"),
)


@pytest.mark.parametrize(("kind", "path"), SOURCES)
def test_the_file_of_the_own_code_is_named(kind: str, path: str) -> None:
    assert {fingerprint(event, RULES).source_path for error, event in events("seen") if error == kind} == {path}


PREFIXES = (
    "",
    "ERROR ",
    "[ERROR] ",
    "2026-01-01T00:00:00.123Z ",
    "2026-01-01 10:11:12,131 ERROR ",
    "2026-01-01 10:11:12 [main] ERROR app.pay - ",
    "ERROR:app.pay:",
    "[error] ",
    "2026/01/01 10:11:12 ",
    "WARN  [http-8080-3] c.a.Pay: ",
    "Jan  2 10:11:12 web-1 pay[77]: ",
    "2026-01-01T00:00:00.000Z\t8f14e45f-ceea-4672-9a4b-1c2d3e4f5a6b\tERROR\t",
    "E0612 10:44:03.123456       1 pay.go:114] ",
    "2026-02-11 07:45:12.118 ERROR 1 --- [nio-8080-exec-7] c.acme.Pay   : ",
    "<11>1 2026-05-02T01:02:03Z web-1 pay 77 - - ",
    "[2026-01-01 10:11:12,131: ERROR/ForkPoolWorker-3] ",
    "10:11:12.131 [pool-1-thread-2] FATAL pay - ",
    "error: ",
    "2026-01-01T00:00:00+02:00 CRITICAL: ",
)


@given(st.sampled_from(PREFIXES), st.sampled_from([e for _, e in events("seen") if "\n" not in e and e[:1].islower()]))
def test_what_precedes_a_message_makes_no_other_error(before: str, message: str) -> None:
    assert key(before + message) == key(message)


FILLED = {
    "n": st.integers(-(10**9), 10**9).map(str),
    "id": st.uuids().map(str),
    "ip": st.ip_addresses(v=4).map(str),
    "six": st.ip_addresses(v=6).map(str),
    "hex": st.integers(16**15, 16**16 - 1).map(lambda number: f"{number:x}"),
    "time": st.datetimes().map(lambda at: f"{at:%Y}".zfill(4) + f"{at:-%m-%dT%H:%M:%S}Z"),
    "quoted": st.text("abcdefghijklmnop0123456789", min_size=1, max_size=12).map(lambda text: f'"{text}"'),
    "mail": st.just("[redacted: email]"),
}
TEMPLATES = (
    "order {n} was refused for {quoted} at {time}",
    "host {ip} lost request {id}, retry {n}",
    "cannot decode {hex} of {six}",
    "shard={n} trace={hex} could not write for {mail}",
    '{{"level":"error","time":"{time}","msg":"order {n} was refused","id":"{id}"}}',
    'level=error ts={time} msg="order {n} was refused" host={ip}',
)


@given(st.sampled_from(TEMPLATES), st.fixed_dictionaries(FILLED), st.fixed_dictionaries(FILLED))
def test_numbers_ids_addresses_and_times_make_no_other_error(
    template: str, one: dict[str, str], two: dict[str, str]
) -> None:
    assert key(template.format(**one)) == key(template.format(**two)), masked(template.format(**one))


WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12)


@given(WORDS, WORDS, st.integers(0, 10**6))
def test_another_word_makes_another_error(one: str, two: str, number: int) -> None:
    assume(one != two)
    assert key(f"the {one} of order {number} was lost") != key(f"the {two} of order {number} was lost")


@given(st.sampled_from([event for name in SETS for _, event in events(name) if '{"' not in event]))
def test_masks_of_masked_text_change_nothing(event: str) -> None:
    line = masked(event.partition("\n")[0])
    assert masked(line) == line


ANY = st.text() | st.lists(st.sampled_from(texts(0)), max_size=3).map(
    lambda parts: "".join(part[:200] for part in parts)
)


@given(ANY)
def test_every_text_has_a_fingerprint_within_its_bounds(text: str) -> None:
    found = fingerprint(text, RULES)
    assert re.fullmatch(r"1-[0-9a-f]{16}", found.key) and found.shape
    assert len(found.title.encode()) <= 200 and len(found.shape.encode()) <= 400
    assert not {category(sign) for sign in found.title + found.shape} & {"Cc", "Cs"}
    assert len(found.literal.encode()) <= 200
    assert found.literal in text and not set(found.literal) & set("\"'`\\*^$.|?+()[]{}/\n")
    assert fingerprint(text, RULES) == found


@pytest.mark.parametrize("name", SETS)
def test_a_literal_is_in_every_event_of_its_error_and_hardly_ever_empty(name: str) -> None:
    made = [(fingerprint(event, RULES), event) for _, event in events(name)]
    by_key = {found.key: found.literal for found, _ in made}
    missing = [event for found, event in made if by_key[found.key] not in event]
    assert len(missing) <= 3, missing
    assert sum(1 for found, _ in made if found.literal) >= 0.9 * len(made)


def test_names_that_have_a_digit_are_no_numbers() -> None:
    assert masked("s3 ec2 ipv4 sha256 k8s s4") == "s3 ec2 ipv4 sha256 k8s <*>"


def test_a_shape_has_causes_and_innermost_functions_first() -> None:
    shapes = {error: fingerprint(event, RULES).shape for error, event in events("seen")}
    assert shapes["python-wrapped"] == (
        "sync.errors.TenantUnavailable < requests.exceptions.ConnectTimeout in sync/job.py:run"
    )
    assert shapes["lambda-python-valueerror"] == "ValueError in book.py:book < app.py:handler"
    assert shapes["java-caused-by"] == (
        "java.net.SocketTimeoutException < com.acme.mail.DeliveryException in com.acme.mail.Smtp.command"
    )
    assert shapes["go-panic"] == "panic in github.com/acme/quote.(*Engine).price < github.com/acme/quote.Serve"


JSON_FORMS = (
    '{"level":"error","msg":"cannot store basket","items":[{"sku":"AB-1"}]}',
    '{"level":"error","msg":"cannot store basket","items":[{"sku":"AB-1"},{"sk',
    '{"level":"error","items":[],"msg":"cannot store basket","card":[redacted: card]}',
    '{"log":"{\\"level\\":\\"error\\",\\"msg\\":\\"cannot store basket\\"}\\n","stream":"stdout"}',
    '2026-01-01T00:00:00Z {"level":"error","msg":"cannot store basket"}',
    'time=x level=error msg="cannot store basket" n=3',
    "ERROR cannot store basket",
)


@pytest.mark.parametrize("text", JSON_FORMS)
def test_json_is_opened_cut_or_redacted_or_nested(text: str) -> None:
    assert fingerprint(text, RULES).shape == "cannot store basket"


TRACE = 'Traceback (most recent call last):\\n  File \\"/app/a.py\\", line 1, in f\\n    g()\\nValueError: 7'


@pytest.mark.parametrize(
    "text",
    (
        f'{{"level":"error","message":"failed\\n{TRACE}"}}',
        f'{{"level":"error","message":"failed","error":"{TRACE}"}}',
        f'{{"level":"error","message":"failed","exc_info":"{TRACE}"}}',
        f'{{"log":"2026-01-01T00:00:00Z ERROR failed\\n{TRACE}\\n","stream":"stderr"}}',
    ),
)
def test_a_trace_in_json_is_found_in_whatever_field_it_is(text: str) -> None:
    assert fingerprint(text, RULES).shape == "ValueError in a.py:f"


def test_the_masks_of_a_text_stand_for_something() -> None:
    assert MASK in masked("order 12") and masked("nothing to see") == "nothing to see"


# Seconds of CPU for all hostile lines: some 40 times what they take; one quadratic pattern takes more.
CPU = 40


def test_no_line_of_eight_thousand_characters_is_slow() -> None:
    code = (
        "from tests.error_logs.hostile import texts\nfrom handlers.error_logs.fingerprint import Rules, fingerprint\n"
        "from handlers.error_logs.classify import is_error\n"
        "for text in texts(60):\n    fingerprint(text, Rules()), is_error(text)\nprint('done')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU)),
    )
    assert done.stdout == "done\n", done.stderr or "it took too long"


PURE = (
    "masks", "word_masks", "words", "libraries", "plain", "prefixes", "opened", "traces", "invocations", "fingerprint",
    "classify", "joining", "rows",
)  # fmt: skip
ALLOWED = {"__future__", "collections.abc", "dataclasses", "functools", "hashlib", "json", "re", "typing"}


@pytest.mark.parametrize("name", PURE)
def test_only_pure_parts_of_the_standard_library_are_used(name: str) -> None:
    text = (ROOT / "handlers" / "error_logs" / f"{name}.py").read_text(encoding="utf-8")
    used = set(re.findall(r"^(?:from|import) ([\w.]+)", text, re.MULTILINE))
    own = {module for module in used if module.startswith(("handlers.error_logs", "handlers.common.printable"))}
    assert used - own <= ALLOWED
