"""Bring the outputs that README.md shows up to date: `python -m tests.project.readme --write`.

Without `--write` it prints the page as it would be. With `--figure` it also draws the figure of the page anew.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.project import pages

FIGURE = pages.ROOT / "notebooks" / "figures" / "cover.png"


def files(page: str, folder: Path) -> None:
    """Write the scenario files that a page shows."""
    for block in pages.blocks(page, "yaml"):
        name = block.partition("\n")[0]
        if name.startswith("# ") and name.endswith(".yaml"):
            (folder / name.removeprefix("# ")).write_text(block, encoding="utf-8")


def renewed(page: str) -> str:
    """Return a page with every output as its command prints it now; run in the folder of the scenario files."""
    for block in pages.blocks(page, "console"):
        fresh = "".join(
            f"$ {one.command}\n{pages.printed(one.command, *pages.alone(one.command))}"
            for one in pages.shown(block)
        )
        page = page.replace(block, fresh)
    return page


def draw(path: Path) -> None:
    """Draw the figure of the page."""
    import sim

    result = sim.run(sim.load("curbs_2019"), replications=100)
    sim.plots.save(sim.plots.cover(result, material="hf_liquid"), path)


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--figure", action="store_true")
    options = parser.parse_args()
    page = pages.text("README.md")
    with tempfile.TemporaryDirectory() as folder, pages.inside(Path(folder)):
        files(page, Path(folder))
        page = renewed(page)
        if options.figure:
            draw(FIGURE)
    if options.write:
        (pages.ROOT / "README.md").write_text(page, encoding="utf-8")
    else:
        print(page, end="")


if __name__ == "__main__":
    main()
