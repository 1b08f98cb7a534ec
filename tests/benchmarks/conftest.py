"""One table for all benchmarks, printed at the end."""

from __future__ import annotations

import pytest

from tests.benchmarks.native import NativeKernel
from tests.benchmarks.table import Table

FOUND = Table()


@pytest.fixture(scope="session")
def table() -> Table:
    return FOUND


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeKernel:
    return NativeKernel(tmp_path_factory.mktemp("native"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(FOUND.show())
