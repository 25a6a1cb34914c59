"""A check of Atlassian Document Format, for the nodes that an incident needs; all others are refused.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/. The tests hold the same documents against
Atlassian's published JSON Schema; this is here because the stand-in runs where no schema library is.
"""

from __future__ import annotations

from typing import Any

from generator.drill.vendors.kit.wire import unknown_keys

TEXT_LIMIT = 32_767
BLOCKS = {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "rule", "panel", "blockquote", "table"}
IN_CELL = BLOCKS - {"table"}
IN_ITEM = {"paragraph", "bulletList", "orderedList", "codeBlock"}
INLINE = {"text", "hardBreak"}
MARKS = {"strong", "em", "code", "strike", "underline", "link"}


def problem(document: Any) -> str | None:
    """The problem of a document; None without one."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return "a document is an object with type doc and version 1"
    if unknown_keys(document, "type", "version", "content"):
        return "a document has type, version and content only"
    mistake = _children(document, BLOCKS)
    if not mistake and len(plain(document)) > TEXT_LIMIT:
        return "the text is too long"
    return mistake


def plain(node: Any) -> str:
    """All text of a document."""
    if isinstance(node, dict):
        return str(node.get("text", "")) + "".join(plain(child) for child in node.get("content", []))
    return ""


def _children(node: dict[str, Any], allowed: set[str], least: int = 0) -> str | None:
    content = node.get("content", [])
    if not isinstance(content, list) or len(content) < least:
        return f"{node['type']} has too little content"
    for child in content:
        if not isinstance(child, dict) or child.get("type") not in allowed:
            return f"{node['type']} cannot hold {child.get('type') if isinstance(child, dict) else child!r}"
        mistake = _node(child)
        if mistake:
            return mistake
    return None


def _node(node: dict[str, Any]) -> str | None:
    kind = node["type"]
    if kind == "text":
        return _text(node)
    if unknown_keys(node, "type", "content", "attrs"):
        return f"{kind} has keys that are not known: {unknown_keys(node, 'type', 'content', 'attrs')}"
    match kind:
        case "paragraph":
            return _children(node, INLINE)
        case "heading":
            return _children(node, INLINE) if node.get("attrs", {}).get("level") in range(1, 7) else "a heading's level"
        case "bulletList" | "orderedList":
            return _children(node, {"listItem"}, 1)
        case "listItem":
            return _children(node, IN_ITEM, 1)
        case "codeBlock":
            marked = any("marks" in child for child in node.get("content", []) if isinstance(child, dict))
            return "text in a codeBlock has no marks" if marked else _children(node, {"text"})
        case "table":
            return _children(node, {"tableRow"}, 1)
        case "tableRow":
            return _children(node, {"tableCell", "tableHeader"}, 1)
        case "tableCell" | "tableHeader":
            return _children(node, IN_CELL, 1)
        case "panel" | "blockquote":
            return _children(node, IN_ITEM, 1)
    return None


def _text(node: dict[str, Any]) -> str | None:
    if unknown_keys(node, "type", "text", "marks") or not isinstance(node.get("text"), str) or not node["text"]:
        return "a text node has a text that is not empty, and marks"
    for mark in node.get("marks", []):
        if not isinstance(mark, dict) or mark.get("type") not in MARKS or unknown_keys(mark, "type", "attrs"):
            return f"there is no mark {mark!r}"
        if (mark["type"] == "link") != bool(isinstance(mark.get("attrs"), dict) and mark["attrs"].get("href")):
            return "a link has an href, and no other mark has attributes"
    return None


def lines(body: Any) -> list[str]:
    """A document, or wiki text as it is, in lines; without the empty ones."""
    text = body if isinstance(body, str) else _text_of(body or {})
    return [line for line in text.splitlines() if line.strip()]


def _text_of(node: dict[str, Any], bullet: str = "") -> str:
    kind = node.get("type")
    if kind == "text":
        return str(node["text"])
    inner = [_text_of(child, "- " if kind == "listItem" else "") for child in node.get("content", [])]
    match kind:
        case "paragraph" | "heading":
            return bullet + "".join(inner)
        case "codeBlock":
            return "\n".join(f"  | {line}" for line in "".join(inner).splitlines())
        case "hardBreak":
            return "\n"
        case "tableRow":
            return " | ".join(inner)
    return "\n".join(inner)
