"""Writing scenarios: YAML that every reader reads alike, and the card a notebook shows."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from sim.scenario.paths import Tree
from sim.scenario.schema import Document

# Words and numbers that a reader of YAML 1.1 or 1.2 would not take for text.
MISREAD = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|~|\.nan|[-+]?\.inf)"
    r"|[-+]?[0-9.][0-9_,.]*(?:[eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-9.]+)+"
)
SAFE = re.compile(r"[A-Za-z0-9_.+/(-][^\x00-\x1f\x7f-\x9f\"'#:,\[\]{}&!|>@`\\\u2028\u2029\ufeff]*")
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
OMITTED = ("extends", "variants")


def to_yaml(tree: Tree) -> str:
    """Return a tree as block YAML; text that could be misread is quoted.

    Examples
    --------
    >>> print(to_yaml({"firms": {"x": {"country": "NO", "hs": "281111", "cover": "30 days"}}}), end="")
    firms:
      x:
        country: "NO"
        hs: "281111"
        cover: 30 days
    """
    kept = {key: value for key, value in tree.items() if key not in OMITTED}
    lines: list[str] = []
    _map(kept, 0, lines)
    return "\n".join(lines) + "\n"


def _map(tree: Tree, depth: int, lines: list[str]) -> None:
    for key, value in tree.items():
        start = f"{'  ' * depth}{text(str(key))}:"
        if isinstance(value, dict) and value:
            lines.append(start)
            _map(value, depth + 1, lines)
        else:
            lines.append(f"{start} {flow(value)}")


def flow(value: Any) -> str:
    """Return a value on one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return text(value) if isinstance(value, str) else json.dumps(value)


def text(value: str) -> str:
    """Return a string as a YAML scalar, quoted where it needs to be."""
    plain = SAFE.fullmatch(value) and value == value.strip() and value != "-"
    if (
        plain
        and not value.startswith(("- ", "---", "..."))
        and (ISO_DATE.fullmatch(value) or not MISREAD.fullmatch(value))
    ):
        return value
    return json.dumps(value, ensure_ascii=not value.isprintable())


def to_html(name: str, title: str, question: str, document: Document, hash8: str) -> str:
    """Return the card of a scenario: its title, its question and its events."""
    run = document.run
    counts = f"{len(document.facilities)} facilities, {len(document.links)} links"
    rows = "".join(
        f"<tr><td>{html.escape(key)}</td><td>{event.kind}</td><td>{event.role}</td>"
        f"<td>{event.date or ''}</td><td>{html.escape(event.title or event.note)}</td></tr>"
        for key, event in sorted(document.events.items(), key=lambda item: (str(item[1].date), item[0]))
    )
    table = (
        f"<table><tr><th>event</th><th>kind</th><th>role</th><th>date</th><th></th></tr>{rows}</table>"
        if rows
        else ""
    )
    return (
        f"<p><b>{html.escape(title)}</b> <code>{html.escape(name)} {hash8}</code><br>"
        f"{html.escape(question)}<br>{run.start} to {run.end}, {counts}</p>{table}"
    )
