"""The notebooks as a reader meets them: they run, they draw, and they are short, told and stripped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_LINES = 40
FEW = "REPLICATIONS = 3"
MOVE = "what_if.widget.children[0].value = 60; what_if.widget.children[1].value = 40"


def book(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_of(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nbclient.NotebookClient]:
    """One kernel for all notebooks: to start it and to import takes longer than most of them do.

    It imports this checkout, works in a folder of its own, and leaves nothing in the home of the user.
    """
    folder = tmp_path_factory.mktemp("notebooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        empty = nbformat.v4.new_notebook()
        place = {"metadata": {"path": str(folder)}}
        client = nbclient.NotebookClient(empty, timeout=60, kernel_name="python3", resources=place)
        with client.setup_kernel():
            yield client


def test_all_seven_are_there() -> None:
    assert [path.name[:2] for path in BOOKS] == ["01", "02", "03", "04", "05", "06", "07"]
    readme = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in BOOKS] == re.findall(r"^\| \[.*?\]\((.*?)\)", readme, flags=re.M)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_told_and_stripped(path: Path) -> None:
    notebook = book(path)
    nbformat.validate(notebook)
    lines = [line.strip() for cell in code_of(notebook) for line in cell.source.splitlines()]
    assert len([line for line in lines if line and not line.startswith("#")]) < MOST_LINES
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_of(notebook))
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    assert first.startswith(f"# {int(path.stem[:2])}. ")
    assert "**Question.**" in first
    assert "## Try yourself\n- " in last
    for before, after in zip(notebook.cells[1:], notebook.cells[2:], strict=False):
        follows_imports = before is notebook.cells[1]
        assert before.cell_type != after.cell_type or follows_imports, after.source


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(path: Path, client: nbclient.NotebookClient) -> None:
    notebook = book(path)
    changed = 0
    for cell in code_of(notebook):
        cell.source, number = re.subn(r"^REPLICATIONS = \d+", FEW, cell.source, flags=re.M)
        changed += number
    assert changed == 1
    if path.stem == "02_what_if":
        notebook.cells.append(nbformat.v4.new_code_cell(MOVE))
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))  # nothing of the notebook before
    client.nb = notebook
    client.execute(cleanup_kc=False)
    outputs = [output for cell in code_of(notebook) for output in cell.outputs]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    shown = [kind for output in outputs for kind in output.get("data", ())]
    assert "image/png" in shown
    assert "text/html" in shown
    if path.stem == "02_what_if":
        live = live_outputs(notebook)
        assert [list(output.get("data", {"text": 0})) for output in live] == [
            ["text"],
            ["text/plain", "image/png"],
        ]
        assert live[0]["text"] != outputs[0].text


def live_outputs(notebook: Any) -> list[Any]:
    """What stands below the sliders at the end."""
    models = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    return next(model["state"]["outputs"] for model in models if model["model_name"] == "OutputModel")
