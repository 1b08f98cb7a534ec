"""Edits of valid files: what a slip, a foreign program or an attacker makes of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from hypothesis import strategies as st

TOKENS = (
    *(
        "",
        " ",
        "\t",
        "0",
        "-1",
        "1",
        "1.5",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1e-320",
        "9" * 400,
        "0x1F",
        "1_000",
    ),
    *("1,5", "1.000", "30 %", "-5 %", "+5 days", "x 1.2", "120 %", "5 days", "9999999 days", "9999-12-31"),
    *(
        "0000-00-00",
        "2019-02-30",
        "1e9 t/day",
        "null",
        "~",
        "true",
        "yes",
        "[]",
        "{}",
        "[[1], [2]]",
        "{a: {b: 1}}",
    ),
    *(
        "&a [*a, *a]",
        "*a",
        "!!python/object:os.system",
        "<<",
        "- x",
        "'",
        '"',
        "#",
        ":",
        "{",
        "}",
        "[",
        "]",
        "|",
    ),
    *(
        "$x^{$",
        "\\frac{",
        "%s",
        "{0}",
        "{b}",
        "[/blue]",
        "[red]",
        "<script>",
        "&amp;",
        "=1+1",
        "@a",
        "../../x",
        ".",
    ),
    *(
        "*",
        "?",
        "[a-z]",
        "/",
        "\\",
        "\x00",
        "\x1b[31m",
        "\u200b",
        "e\u0301",
        "\u00e9",
        "\U0001f4a5",
        "\ud83d",
        "\n\n",
    ),
)
WORD = re.compile(r"[\w.%+-]+|[^\w\s]")


class Edit(NamedTuple):
    """One edit: what is done, where in the file (0 to 1), and a token."""

    kind: str
    place: float
    token: str


def replace_word(text: str, edit: Edit) -> str:
    """Put a token in the place of a word or sign."""
    words = list(WORD.finditer(text))
    if not words:
        return edit.token
    word = words[int(edit.place * (len(words) - 1))]
    return text[: word.start()] + edit.token + text[word.end() :]


def insert(text: str, edit: Edit) -> str:
    """Put a token between two letters."""
    at = int(edit.place * len(text))
    return text[:at] + edit.token + text[at:]


def cut(text: str, edit: Edit) -> str:
    """Leave out some letters."""
    at = int(edit.place * len(text))
    return text[:at] + text[at + 1 + len(edit.token) :]


def truncate(text: str, edit: Edit) -> str:
    """Leave out the rest."""
    return text[: int(edit.place * len(text))]


def _lines(text: str, edit: Edit) -> tuple[list[str], int]:
    lines = text.split("\n")
    return lines, int(edit.place * (len(lines) - 1))


def repeat_line(text: str, edit: Edit) -> str:
    """Write a line twice."""
    lines, at = _lines(text, edit)
    return "\n".join([*lines[: at + 1], *lines[at:]])


def drop_line(text: str, edit: Edit) -> str:
    """Leave out a line."""
    lines, at = _lines(text, edit)
    return "\n".join([*lines[:at], *lines[at + 1 :]])


def swap_lines(text: str, edit: Edit) -> str:
    """Let a line and the next change places."""
    lines, at = _lines(text, edit)
    return "\n".join([*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]])


TEXT = {
    function.__name__: function
    for function in (replace_word, insert, cut, truncate, repeat_line, drop_line, swap_lines)
}
BYTES = ("flip", "utf16", "latin1", "empty")


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """Return a file after some edits; bytes that are no text are edited as Latin-1."""
    for edit in edits:
        data = _edited(data, edit)
    return data


def _edited(data: bytes, edit: Edit) -> bytes:
    if edit.kind in TEXT:
        try:
            text, code = data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text, code = data.decode("latin-1"), "latin-1"
        return TEXT[edit.kind](text, edit).encode(
            code, errors="surrogatepass" if code == "utf-8" else "replace"
        )
    if edit.kind == "flip" and data:
        at = int(edit.place * (len(data) - 1))
        return data[:at] + bytes([data[at] ^ (1 + len(edit.token) % 255)]) + data[at + 1 :]
    if edit.kind in ("utf16", "latin1"):
        text = data.decode("utf-8", errors="replace")
        return text.encode("utf-16" if edit.kind == "utf16" else "latin-1", errors="replace")
    return b"" if edit.kind == "empty" else data


EDIT = st.builds(
    Edit,
    st.sampled_from(["replace_word"] * 6 + [*TEXT, *TEXT, *BYTES]),
    st.floats(0.0, 1.0),
    st.sampled_from(TOKENS),
)
EDITS = st.one_of(st.lists(EDIT, min_size=1, max_size=2), st.lists(EDIT, min_size=1, max_size=8))
