"""The glossary and the pages for developers name only what exists, and the recipe for a kind of event is right."""

from __future__ import annotations
import __future__

import ast
import importlib
import re
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

from sim.engine import regimes
from sim.engine.events import licences
from sim.engine.events.registry import PROCESSES
from sim.results import codebook
from sim.scenario import json_schema
from sim.scenario.schema import events, field_types
from tests.engine.test_registry import accepted, missing
from tests.project import pages

GLOSSARY, ARCHITECTURE = pages.text("docs/glossary.md"), pages.text("docs/architecture.md")
TEXTS = {"glossary": GLOSSARY, "architecture": ARCHITECTURE, "contributing": pages.text("CONTRIBUTING.md")}
ENTRIES = re.findall(r"^- \*\*(.+?)\*\*: (.*?)(?=\n-|\n\n|\Z)", GLOSSARY, re.MULTILINE | re.DOTALL)
FILE_AND_FUNCTION = re.findall(r"^\| `(sim/[\w/]+\.py)` \| `(\w+)` \|", ARCHITECTURE, re.MULTILINE)


def resolve(name: str) -> Any:
    """Return what a dotted name such as `sim.engine.replication.Trace` stands for."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            target: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            target = getattr(target, part)
        return target
    raise ModuleNotFoundError(name)


def code_names() -> Iterator[str]:
    """Yield the names in the brackets at the end of each entry."""
    for _, text in ENTRIES:
        bracket = re.search(r"\(`([^`]+)`\)\.$", text.replace("\n  ", " "))
        if bracket:
            yield bracket[1]


def known_words() -> set[str]:
    """Return the fields and kinds of the format, and the columns, measures and arrays of results."""
    schema: Any = json_schema()
    sections = [schema, *schema["$defs"].values()]
    fields = {field for section in sections for field in section.get("properties", {})}
    kinds = set(
        schema["properties"]["events"]["additionalProperties"]["anyOf"][0]["discriminator"]["mapping"]
    )
    columns = {column for table in codebook.COLUMNS.values() for column in table}
    return fields | kinds | columns | set(codebook.METRICS)


@pytest.mark.parametrize("name", [name for name in code_names() if name.startswith("sim.")])
def test_a_name_of_the_code_in_the_glossary_exists(name: str) -> None:
    assert resolve(name) is not None


def test_fields_and_measures_in_the_glossary_exist() -> None:
    assert {name for name in code_names() if not name.startswith("sim.")} - known_words() == set()


def test_the_glossary_has_each_term_once() -> None:
    terms = [term for term, _ in ENTRIES]
    assert len(terms) == len(re.findall(r"^- ", GLOSSARY, re.MULTILINE)) > 50
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_a_page_for_developers_names_exist(page: str) -> None:
    for path in re.findall(r"`((?:tests|sim|scenarios|docs)/[\w/.]+)`", TEXTS[page]):
        assert path == "scenarios/NAME" or (pages.ROOT / path).exists(), path


@pytest.mark.parametrize(("file", "function"), FILE_AND_FUNCTION)
def test_the_path_of_a_run_goes_through_functions_that_exist(file: str, function: str) -> None:
    nodes = ast.walk(ast.parse(pages.text(file)))
    assert function in {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_pages_for_developers_wrap_their_lines() -> None:
    long = [line for text in TEXTS.values() for line in text.splitlines() if len(line) > 110]
    assert long == []


def test_the_recipe_for_a_kind_of_event_leaves_out_only_what_it_says() -> None:
    """The class, the process and the row of CONTRIBUTING.md, as far as they can be tried in memory."""
    blocks = re.findall(r"^   ```py\n(.*?)^   ```", TEXTS["contributing"], re.MULTILINE | re.DOTALL)
    model, process = map(dedent, blocks)
    schema: dict[str, Any] = {**vars(events), "ft": field_types}
    engine: dict[str, Any] = {**vars(regimes), **vars(licences)}
    assert "blockade" not in accepted()  # the format as it is without the class below
    late = __future__.annotations.compiler_flag
    try:
        exec(compile(model, "model", "exec", dont_inherit=True), schema)
        exec(compile(process, "process", "exec", late, dont_inherit=True), engine)
        PROCESSES["blockade"] = engine["blockade"]
        lacks = [words.partition(":")[0] for words in missing("blockade", schema["BlockadeEvent"])]
    finally:
        events.KINDS.pop("blockade", None)
        PROCESSES.pop("blockade", None)
    in_memory = ["schema", "figures"]  # made once, when the modules are read
    outside = ["oracle", "random worlds", "page", "broken file", "wrong values"]
    assert [word for word in lacks if word not in in_memory] == outside
