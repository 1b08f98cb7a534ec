"""The pages of the project as programs: the blocks and commands that they show, and what those print.

A block `console` holds commands after `$ ` with what they print below; a block `sh` holds commands alone; a block
`python` runs in one namespace with those before it; a block `yaml` whose first line is `# NAME.yaml` is that file.
"""

from __future__ import annotations

import contextlib
import glob
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import typer

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"-[0-9a-f]{8}\b")


@dataclass(frozen=True)
class Shown:
    """A command and what a page says that it prints."""

    command: str
    output: str


def text(page: str) -> str:
    """Return a page of the project."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of one language."""
    return [body for name, body in BLOCK.findall(page) if name == language]


def shown(block: str) -> list[Shown]:
    """Return the commands of a `console` block with their outputs.

    Examples
    --------
    >>> shown("$ curbsim list\\n one\\n two\\n")
    [Shown(command='curbsim list', output=' one\\n two\\n')]
    """
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Shown(*part.split("\n", 1)) for part in parts]


def commands(page: str) -> list[str]:
    """Return every command that a page names: in blocks, and in running text between backquotes."""
    in_blocks = [line for body in blocks(page, "sh") for line in body.splitlines()]
    in_blocks += [one.command for body in blocks(page, "console") for one in shown(body)]
    in_blocks += [
        line.strip() for line in re.findall(r"^    ((?:curbsim|make|python) .*)$", page, re.MULTILINE)
    ]
    rest = BLOCK.sub("", page)
    inline = re.findall(r"`((?:curbsim|make|python -m) [^`]+)`", rest)
    return [bare for line in [*in_blocks, *inline] if (bare := line.partition("  #")[0].strip())]


def parse(command: str) -> typer.models.Context:  # type: ignore[name-defined]
    """Read the words of a `curbsim` command without running it; an unknown command or option raises.

    Examples
    --------
    >>> parse("curbsim run curbs_2019 --seed 7").params["seed"]
    7
    """
    from sim.cli.app import app

    group = typer.main.get_command(app)
    _, name, *words = shlex.split(command.partition("|")[0])
    found = group.get_command(None, name)  # type: ignore[attr-defined]
    assert found is not None, f"there is no command {name}"
    return found.make_context(name, words, resilient_parsing=not words)  # the bare name is no call


def printed(command: str, *options: str) -> str:
    """Run a `curbsim` command, perhaps cut by `| head -n 9` or `| tail -n 9`; return what goes to stdout.

    Figures and the report are left out: they take longest, change nothing of what is printed, and have tests.
    """
    from sim.cli.app import app

    bare, _, cut = (part.strip() for part in command.partition("|"))
    words = [name for word in shlex.split(bare)[1:] for name in sorted(glob.glob(word)) or [word]]
    words += options
    out = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch("sim.cli.run_actions.draw_figures"))
        stack.enter_context(mock.patch("sim.cli.run_actions.write_report"))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        app(words, standalone_mode=False)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    if cut:
        what, number = re.fullmatch(r"(head|tail) -n (\d+)", cut).groups()  # type: ignore[union-attr]
        lines = lines[: int(number)] if what == "head" else lines[-int(number) :]
    return "".join(f"{line}\n" for line in lines)


QUICK = {
    "replications": " --replications 2",
    "jobs": " --jobs 1",
    "no_structure": " --no-structure",
    "points": " --points 32",
    "waves": " --waves 1",
}


def quick(command: str) -> str:
    """Return a command with few replications, in one process, with one model structure, where it takes these.

    Twenty for `identify`, which takes no fewer.

    Examples
    --------
    >>> quick("curbsim run curbs_2019 --replications 500")
    'curbsim run curbs_2019 --replications 2 --jobs 1 --no-structure'
    """
    takes = parse(command).params
    options = "".join(option for name, option in QUICK.items() if name in takes)
    few = re.sub(r" --replications \d+", "", command) + options
    return few.replace("replications 2", "replications 20") if " identify " in command else few


def alone(command: str) -> tuple[str, ...]:
    """Return the options that keep a command to one process."""
    return ("--jobs", "1") if "jobs" in parse(command).params else ()


def same_hash(output: str) -> str:
    """Return an output with the hash of a run folder blotted out: it changes with every word of a scenario."""
    return HASH.sub("-00000000", output)


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, as a user does, with tables of the width that a pipe has."""
    here = Path.cwd()
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    os.chdir(folder)
    try:
        with mock.patch.dict(os.environ, {**kept, "MPLBACKEND": "agg"}, clear=True):
            yield
    finally:
        os.chdir(here)
