"""Seconds and memory of made-up networks of 1,000 to 1,000,000 firms, and how seconds grow."""

from __future__ import annotations

from tests.benchmarks import large
from tests.benchmarks.table import Table


def test_large_networks(table: Table) -> None:
    rows = []
    for firms in large.SIZES:
        row = large.measure(firms)
        rows.append(row)
        what = f"{firms:,} firms, {row['links']:,} links, a year with curbs"
        seconds, giga = large.WANTED.get(firms, (None, None))
        table.add(what, row["whole"], seconds, "s")
        table.add("  memory at most in use", row["peak"] / 1e9, giga, "GB")
        if firms in large.PEER:
            what = f"  Inoue and Todo in C++ ({large.PEER[firms]} s, measured earlier) / curbsim"
            table.add(what, large.PEER[firms] / row["whole"], 10.0, "x", least=True)
    table.add("seconds grow like firms to the power", large.exponent(rows), 1.1, "")
