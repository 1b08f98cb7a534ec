"""Edits of valid files: what a slip, a foreign program or an attacker makes of them."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
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
SHARE = 0.8  # of edits of archives and Parquet that are made to what is inside
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


def borrow_word(text: str, edit: Edit) -> str:
    """Put another word of the file in the place of a word."""
    words = WORD.findall(text) or [""]
    return replace_word(text, edit._replace(token=words[int(edit.place * 997 % 1 * len(words))]))


def move_line(text: str, edit: Edit) -> str:
    """Move a line elsewhere."""
    lines, at = _lines(text, edit)
    line = lines.pop(at)
    lines.insert(int(edit.place * 997 % 1 * (len(lines) + 1)), line)
    return "\n".join(lines)


def indent(text: str, edit: Edit) -> str:
    """Put two blanks before a line."""
    lines, at = _lines(text, edit)
    return "\n".join([*lines[:at], "  " + lines[at], *lines[at + 1 :]])


TEXT = {
    function.__name__: function
    for function in (
        *(replace_word, borrow_word, insert, cut, truncate, repeat_line, drop_line, swap_lines),
        *(move_line, indent),
    )
}
BYTES = ("flip", "utf16", "latin1", "empty")
SEALED = {
    b"PK": "array",
    b"PAR1": "cell",
}  # formats whose sums see every changed byte: what is inside is edited
ENTRIES = ("remove", "folder", "link", "other")  # what is done to the file as an entry of its folder
KINDS = (*["replace_word"] * 6, *TEXT, *TEXT, *BYTES, *ENTRIES)


def edited_array(data: bytes, edit: Edit) -> bytes:
    """Return an archive of arrays, one of them left out, renamed, or with another shape, type or value."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = dict(archive)
    name = sorted(arrays)[int(edit.place * (len(arrays) - 1))]
    array = arrays.pop(name)
    way = int(edit.place * 997 % 1 * 6)
    if way == 1:
        arrays[edit.token.replace("\ud83d", "")] = array
    elif way > 1:
        changes = (array[..., :-1] if array.ndim else array[None], array.astype(str), array.astype(float))
        arrays[name] = (
            (*changes, array.astype(float) * np.nan)[way - 2] if array.dtype.kind in "biuf" else array
        )
    into = io.BytesIO()
    np.savez(into, **arrays)
    return into.getvalue()


def edited_cell(data: bytes, edit: Edit) -> bytes:
    """Return a Parquet table with a token in a cell or as a header, or one column less."""
    table = pd.read_parquet(io.BytesIO(data)).astype(object)
    column = table.columns[int(edit.place * (len(table.columns) - 1))]
    token = edit.token.replace("\ud83d", "")
    way = int(edit.place * 997 % 1 * 6)
    if way == 0:
        table = table.drop(columns=column)
    elif way == 1:
        table = table.rename(columns={column: token})
    elif len(table):
        table.loc[table.index[int(edit.place * 89 % 1 * len(table))], column] = token
        table[column] = table[column].astype(str)
    into = io.BytesIO()
    table.to_parquet(into)
    return into.getvalue()


def _edited(data: bytes, edit: Edit) -> bytes:
    if edit.kind in TEXT and (sealed := SEALED.get(data[:4]) or SEALED.get(data[:2])) and edit.place < SHARE:
        try:
            return {"array": edited_array, "cell": edited_cell}[sealed](data, edit)
        except (
            ValueError,
            LookupError,
            TypeError,
            OSError,
            zipfile.BadZipFile,
        ):  # damaged by an earlier edit
            return data[:-1]
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


def edit_file(path: Path, edits: list[Edit]) -> None:
    """Edit a file; nothing comes after an edit that leaves no file."""
    for edit in edits:
        if edit.kind in ENTRIES and path.suffix != ".words":  # those are what is typed, no file of a user
            edit_entry(path, edit)
        if path.is_symlink() or not path.is_file():
            return
        path.write_bytes(_edited(path.read_bytes(), edit))


def edit_entry(path: Path, edit: Edit) -> None:
    """Remove a file, or put a folder, a link or its neighbour in its place."""
    path.unlink()
    if edit.kind == "folder":
        path.mkdir()
    elif edit.kind == "link":
        path.symlink_to("/etc/hostname")
    elif edit.kind == "other":
        others = sorted(other for other in path.parent.iterdir() if other.is_file())
        if others:
            path.write_bytes(others[int(edit.place * (len(others) - 1))].read_bytes())


EDIT = st.builds(Edit, st.sampled_from(KINDS), st.floats(0.0, 1.0), st.sampled_from(TOKENS))
EDITS = st.one_of(st.lists(EDIT, min_size=1, max_size=2), st.lists(EDIT, min_size=1, max_size=8))
