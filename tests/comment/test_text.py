"""Names of others in Markdown: whatever they are, a parser finds them as text or as code, and nothing else."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from generator.comment.blocks import Fence, Items, MarkdownTable, Paragraph, render_blocks
from generator.comment.text import code, html_code, plain
from generator.wording import visible

# What is looked up in rendered text that is not code:
# https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
# https://docs.gitlab.com/user/markdown/#gitlab-specific-references
REFERENCES = (
    r"@\w",  # a person or a team
    r"#\d",  # an issue
    r"\bGH-\d",  # an issue, and other words with a number are links that a repository can define
    r"[A-Za-z]-\d",
    r"(?<![0-9A-Za-z])[0-9a-f]{7,}(?![0-9A-Za-z])",  # a commit
    r"[!$%~^&]\d",  # GitLab's merge requests, snippets, milestones, labels, iterations, epics
    r"\w+://|\bwww\.",  # an address
    r":\w+:",  # an emoji
    r"\$\S+\$",  # mathematics
    r"\[\[|\[\w+:|\{[+-]|\[[+-]",  # wiki links, GitLab's vulnerabilities and inline differences
)
PARSER = MarkdownIt("gfm-like", {"linkify": False}).enable("table")
HOSTILE = (
    "@shop/admins",
    "fixes #1, closes GH-2 and shop/payments#3",
    "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "deadbee",
    "mallory@a5c3785",
    "</details><img src=x onerror=alert(1)>",
    "<!-- obsgen:comment id=x run=9.9 commit= -->",
    "[a](https://evil.example) ![b](//evil.example)",
    "https://evil.example www.evil.example mail@evil.example",
    "`",
    "``` ``` `",
    "`a``@team`",
    "``@team``",
    "a|b",
    "a\\|b",
    "\\",
    "\\`@team\\`",
    "a\n\n# heading\n\n/close\n- [ ] task",
    "1. a",
    "1) a",
    "- a",
    "+ a",
    "> a",
    "---",
    "===",
    "***bold*** __bold__ ~~struck~~ _i_",
    "&lt;b&gt; &amp; &#64;team",
    ":tada: $`x`$ $$x$$ {+ a +} [- b -] [[wiki]] [^1]",
    "!1 $2 %3 ~4 &5 [vulnerability:1]",
    "\u202eevil\u202c \u200b\u0000\u001b[31m \ufeff",
    "TICKET-123",
    "deadbeef-cafe cafe/facadedeed",
    "[@team] {a: #1}` [",
    "a_b: @team; [[a] {b: ]} x_y: `c`",
    "",
    " ",
    "@",
    "|",
    "| --- |",
)
PIECES = st.sampled_from([*HOSTILE, "\n", " ", "`", "``", "\\", "<", ">", "&", "(", ")", "'", '"', ".", "a", "1", "é"])
NAMES = st.one_of(st.lists(PIECES, max_size=6).map("".join), st.text(max_size=40))


def inline(markdown: str) -> list[Token]:
    """The parts of a line of Markdown, which must be one paragraph."""
    blocks = PARSER.parse(markdown)
    assert [block.type for block in blocks] == ["paragraph_open", "inline", "paragraph_close"], blocks
    return blocks[1].children or []


def assert_is_inert(tokens: list[Token]) -> None:
    """Text without references, code, and our own `<code>` with entities; nothing else."""
    is_code = False
    for token in tokens:
        if token.type == "html_inline":
            assert token.content in ("<code>", "</code>")
            is_code = token.content == "<code>"
        elif token.type in ("text", "text_special") and not is_code:
            for reference in REFERENCES:
                assert not re.search(reference, token.content), (reference, token.content)
        else:
            assert token.type in ("text", "text_special", "code_inline"), token
    assert not is_code


@given(NAMES)
def test_a_text_has_no_effect(text: str) -> None:
    markdown = plain(text)
    assert "\n" not in markdown and "|" not in markdown
    if markdown:
        assert_is_inert(inline(markdown))


@given(NAMES)
@example("&lt;b&gt; &amp; &#64;team")
@example("`&lt;b&gt;`")
def test_a_name_is_code_with_its_characters(name: str) -> None:
    tokens = inline(code(name))
    assert_is_inert(tokens)
    shown = "".join(token.content for token in tokens if not token.type.startswith("html"))
    words = " ".join(name.split())
    if words and visible(words) == words:
        assert shown == words


@given(NAMES, NAMES)
def test_cells_and_items_stay_in_their_place(left: str, right: str) -> None:
    table = MarkdownTable(["a", "b"], [[code(left), plain(right)], [plain(right), code(left)]]).render(10_000)[0]
    types = [token.type for token in PARSER.parse(table)]
    assert types[0] == "table_open" and types[-1] == "table_close"
    assert types.count("td_open") == 4
    items, _ = render_blocks([Paragraph("x"), Items([f"`+` {plain(left)}", code(right)])], 10_000)
    assert [t.type for t in PARSER.parse(items)].count("list_item_open") == 2
    for token in [*PARSER.parse(table), *PARSER.parse(items)]:
        if token.type == "inline":
            assert_is_inert(token.children or [])


@given(st.lists(NAMES, max_size=5).map("\n".join))
def test_a_fence_ends_where_its_text_does(text: str) -> None:
    markdown, _ = render_blocks([Fence(text), Paragraph("after")], 100_000)
    *blocks, opened, last, _ = PARSER.parse(markdown)
    assert [block.type for block in blocks] == (["fence"] if text.splitlines() else [])
    assert (opened.type, last.content) == ("paragraph_open", "after")


@pytest.mark.parametrize("text", HOSTILE)
def test_html_code_has_only_letters_digits_and_entities(text: str) -> None:
    assert re.fullmatch(r"<code>(?:\w|[ ]|&#\d+;)*</code>", html_code(text))
    assert html.unescape(html_code(text))[6:-7] == visible(re.sub(r"\s+", " ", text))


def test_a_sentence_of_a_diff_stays_readable() -> None:
    sentence = (
        "errors-alarm-prod now fires when Sum is > 10 instead of > 5 (less sensitive); in checkout (222222222222)"
    )
    assert plain(sentence) == sentence.replace("222222222222", "`222222222222`")
    assert plain("there is no account `beta`; did you mean `alpha`?") == (
        "there is no account `beta`; did you mean `alpha`?"
    )


@pytest.mark.parametrize(
    ("hint", "markdown"),
    [
        (
            "set missing_data: breaching; or add waivers: [{rule: a-b, for: alarms.x, reason: …}]",
            "set `missing_data: breaching`; or add `waivers: [{rule: a-b, for: alarms.x, reason: …}]`",
        ),
        ("add routes: {medium: [team-email]}; or remove it", "add `routes: {medium: [team-email]}`; or remove it"),
        ("set it for one event: events: {…: {…}}", "set it for one event: `events: {…: {…}}`"),
        ("set severity: high", "set severity: high"),
        ("a [list} without its end", "a `[list}` without its end"),
    ],
)
def test_yaml_in_a_hint_is_one_piece_of_code(hint: str, markdown: str) -> None:
    assert plain(hint) == markdown


def test_many_brackets_do_not_take_long() -> None:
    assert plain("[ " * 50_000).startswith("`[`")


def test_the_test_would_notice() -> None:
    for text in ("fixes #1", "@team", "see a5c3785ed8d6a3", "TICKET-123"):
        with pytest.raises(AssertionError):
            assert_is_inert(inline(text))


def test_characters_without_a_glyph_are_written_out() -> None:
    """Fillers are letters, and selectors are marks: two names that look the same would be two names.

    https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, Default_Ignorable_Code_Point
    """
    unseen = ("\u034f", "\u115f", "\u17b4", "\u180b", "\u2800", "\u3164", "\ufe00", "\uffa0", "\U000e0100", "\u200d")
    for char in unseen:
        shown = f"pay{ascii(char)[1:-1]}ments"
        assert plain(f"pay{char}ments") == f"`{shown}`" == code(f"pay{char}ments")
        assert shown in Fence(f"pay{char}ments").render(1_000)[0]
    # That of emoji stays.
    assert plain("\u26a0\ufe0f") == "`\u26a0\ufe0f`"
