"""Cells of tables as numbers and names: decimal commas, thousands, codes that a program took for numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

NUMBER = re.compile(r"[-+]?\d*(?:[.,' \u00a0\u202f]\d+)*[.,]?(?:[eE][-+]?\d+)?")
SPACES = str.maketrans("", "", " '\u00a0\u202f")
UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")  # letters without width
LARGEST_WHOLE = 10**300  # that is a number with decimals, too
ENDLESS = "a number without end"
TEXT_SIGNS = str.maketrans("/*?", "___")


def text_of(value: Any) -> str:
    """Return a cell as text; a whole number has no decimals, whatever type its column got.

    Examples
    --------
    >>> text_of(1.0), text_of(10121), text_of("010121"), text_of(float("nan"))
    ('1', '10121', '010121', '')
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        return ENDLESS


def texts_of(cells: pd.Series) -> pd.Series:
    """Return the cells of a column as texts."""
    if pd.api.types.infer_dtype(cells, skipna=False) == "string" and not cells.isna().any():
        return cells.astype(object)
    codes, values = pd.factorize(cells, use_na_sentinel=False)
    words = np.array([text_of(value) for value in values], dtype=object)
    return pd.Series(words[codes] if len(words) else [], index=cells.index, dtype=object)


def bare_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with lists, maps and endless numbers in its cells as texts, to be told as mistakes.

    Examples
    --------
    >>> bare_cells(pd.DataFrame({"a": ["x", [1]], "b": [1, 2]}))["a"].tolist()
    ['x', '[1]']
    """
    texts = {
        name: frame[name].map(lambda cell: text_of(cell) if is_odd(cell) else cell)
        for name in frame
        if frame[name].dtype.kind in "Oc" and pd.api.types.infer_dtype(frame[name]) in ODD_KINDS
    }
    return frame.assign(**{str(name): cells for name, cells in texts.items()}) if texts else frame


ODD_KINDS = ("mixed", "mixed-integer", "integer", "mixed-integer-float", "complex")


def is_odd(cell: Any) -> bool:
    """Tell whether a cell is no single number or text: a list, a map, a complex or an endless number."""
    return isinstance(cell, list | dict | set | tuple | np.ndarray | complex) or (
        isinstance(cell, int) and abs(cell) > LARGEST_WHOLE
    )


def clean(name: str) -> str:
    """Return a name with whole letters (NFC) and single blanks, none at its ends.

    Examples
    --------
    >>> clean(" Mu\u0308ller  AG ") == "M\u00fcller AG"
    True
    """
    if name.isascii() and name.isprintable() and "  " not in name and name.strip() == name:
        return name  # most are: a tenth of the time
    return " ".join(UNSEEN.sub("", unicodedata.normalize("NFC", name)).split())


def selectable(name: str) -> str:
    """Return a name without signs that have a meaning in selections and ids.

    Examples
    --------
    >>> selectable("Pumps [all] 24/7*"), selectable("a->b")
    ('Pumps [all] 24_7_', 'a_b')
    """
    return name.translate(TEXT_SIGNS).replace("->", "_")


def decimal_sign(texts: Iterable[str], points_apart: bool) -> tuple[str, str]:
    """Return the decimal sign of numbers, and a number that could be read in two ways.

    A sign followed by three digits may set off thousands: it is told by other numbers of the table. Unless
    `points_apart`, a single point is a decimal point.

    Raises
    ------
    ValueError
        With two numbers that contradict each other.

    Examples
    --------
    >>> decimal_sign(["1.234,5", "7"], True), decimal_sign(["1.5"], True), decimal_sign(["1.234"], True)
    ((',', ''), ('.', ''), ('', '1.234'))
    """
    proof: dict[str, str] = {}
    unclear = ""
    for text in texts:
        signs = [sign for sign in text if sign in ".,"]
        if not signs:
            continue
        first, last = signs[0], signs[-1]
        whole, _, decimals = text.rpartition(last)
        if len(signs) > 1 and first == last:  # 1.234.567
            proof.setdefault(_other(last), text)
        elif (
            len(signs) > 1
            or len(decimals) != 3
            or not 1 <= len(whole.lstrip("+-")) <= 3
            or whole.lstrip("+-") == "0"
            or not decimals.isdigit()
        ):
            proof.setdefault(last, text)
        elif last == "," or points_apart:
            unclear = unclear or text
    if len(proof) > 1:
        raise ValueError(f"'{proof['.']}' has a decimal point and '{proof[',']}' a decimal comma")
    sign = next(iter(proof), "")
    return (sign, "") if sign or not unclear else ("", unclear)


def _other(sign: str) -> str:
    return "," if sign == "." else "."


def numbers_of(cells: pd.Series, decimal: str = ".") -> pd.Series:
    """Return the cells of a column as numbers, nan where there is none."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return cells.astype(np.float64)
    plain = pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").astype(np.float64)
    odd = (plain.isna() & (cells != "") & cells.notna()).to_numpy(dtype=bool).copy()
    if decimal == ",":
        odd |= cells.map(lambda cell: isinstance(cell, str) and ("." in cell or "," in cell)).to_numpy(
            dtype=bool
        )
    for row in np.flatnonzero(odd).tolist():
        plain.iloc[row] = _number(cells.iloc[row], decimal)
    return plain


def _number(cell: Any, decimal: str) -> float:
    if not isinstance(cell, str):
        return np.nan
    text = unicodedata.normalize("NFC", cell).strip()
    if not NUMBER.fullmatch(text):
        return np.nan
    text = text.translate(SPACES)
    whole, sign, rest = text.partition(decimal)
    groups = whole.lstrip("+-").split(_other(decimal))
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return np.nan
    try:
        return float(whole.replace(_other(decimal), "") + ("." if sign else "") + rest)
    except ValueError:
        return np.nan
