"""YAML files, read strictly with the place of every value, and written."""

from __future__ import annotations

import itertools
import json
import math
import pathlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import Problem, quoted
from sim.scenario.paths import Layer, Path, Position, Tree
from sim.units import ways_to_write

NO_DIGITS = frozenset("abcdeghijklmopqrstuvwxz%")  # no number ends in one of these
FILE_SECTIONS = ("extends", "variants")  # that a scenario which stands alone does without
PROSE = ("name", "title", "question", "description", "sources", "assumptions")
ENTRY_PROSE = ("note", "title")  # of every entry, wherever it stands
EMPTY = Layer({}, {})
# Words and numbers that a reader of YAML 1.1 or 1.2 would not take for text.
MISREAD = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|~|\.nan|[-+]?\.inf)"
    r"|[-+]?[0-9.][0-9_,.]*(?:[eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-9.]+)+"
)
# Text that needs no quotes, in a list neither.
PLAIN = re.compile(r"(?:[\w(/+]|-(?=\w))(?:[^:#,\[\]{}]|:(?=[^\s,\[\]{}]))*(?<! )")
COMMA_NUMBER = re.compile(r"[^,{}\[\]]*(?:,\d[^,{}\[\]]*)+")
LARGEST_FILE = 100_000_000  # bytes
MOST_VALUES = 100_000  # of a file, repeated by aliases: those of aliases grow without bound
DEEPEST = 64  # levels of maps and lists
FEWER = "write out what is needed, or use tables, extends and variants"


def shown(path: pathlib.Path) -> str:
    """Return a file name as the user would write it: relative to the working directory if below it."""
    try:
        return path.resolve().relative_to(pathlib.Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def read_text(path: pathlib.Path) -> tuple[str, list[Problem]]:
    """Return the text of a file, letters in one part (NFC), or a problem when it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            wrong = f"the file has more than {LARGEST_FILE // 10**6} MB"
            return "", [Problem(shown(path), 0, 0, "", wrong, "write a shorter one; is it a scenario?")]
        return unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig")), []
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong = f"byte {error.object[error.start]:#04x} is not UTF-8"
        return "", [Problem(shown(path), line, 1, "", wrong, "save the file with the encoding UTF-8")]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return "", [Problem(shown(path), 0, 0, "", f"cannot be read ({reason})", "check its name and rights")]


def read(path: pathlib.Path) -> tuple[Layer, list[Problem]]:
    """Read one YAML file; whatever is wrong with it becomes problems, never an exception."""
    text, problems = read_text(path)
    return (EMPTY, problems) if problems else parse(text, shown(path))


def parse(text: str, file: str) -> tuple[Layer, list[Problem]]:
    """Read YAML text into a tree and the places of its values.

    Examples
    --------
    >>> layer, problems = parse("run: {start: 2019-01-01}", "a.yaml")
    >>> layer.tree, layer.places["run", "start"].column
    ({'run': {'start': '2019-01-01'}}, 7)
    """
    try:
        reader = YAML(typ="safe", pure=True)
        reader.Composer = _Composer
        node = reader.compose(text)
    except MarkedYAMLError as error:
        return EMPTY, [_syntax_problem(error, file)]
    except (YAMLError, ValueError, RecursionError) as error:
        wrong = f"this is not YAML ({str(error).splitlines()[0] if str(error) else 'too deep'})"
        return EMPTY, [Problem(file, 1, 1, "", wrong, "see scenarios/README.md for the format")]
    if node is None:
        return EMPTY, [Problem(file, 1, 1, "", "the file is empty", "begin with 'format: 1'")]
    if not isinstance(node, MappingNode):
        return EMPTY, [Problem(file, 1, 1, "", "the file is not a map of sections", "begin with 'format: 1'")]
    builder = _Builder(file, text)
    tree = builder.mapping(node, ())
    builder.places[()] = Position(file, 1, 1)
    return Layer(tree, builder.places), builder.problems


def _syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if isinstance(error, _TooMuchError):
        return Problem(file, line, column, "", error.problem, error.note)
    wrong = " ".join(part.strip() for part in (error.problem or "", error.context or "") if part)
    remedy = "check indentation, brackets and quotes here and in the line above"
    if "alias" in wrong:
        remedy = "write a factor as x 1.2, and text that begins with * in quotes"
    if "'\\t'" in wrong:
        remedy = "indent with spaces, not with tabs"
    return Problem(file, line, column, "", f"this is not YAML: {wrong}", remedy)


class _TooMuchError(ComposerError):
    """There is more in the file, or it is deeper, than any scenario needs."""


class _Composer(Composer):
    """Composes the nodes of a file, within the bounds."""

    number = depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.number += 1
        self.depth += 1
        if self.number > MOST_VALUES or self.depth > DEEPEST:
            many = f"there are more than {MOST_VALUES:,} values", FEWER
            deep = f"there are more than {DEEPEST} levels of maps and lists", "write fewer"
            wrong, remedy = many if self.number > MOST_VALUES else deep
            raise _TooMuchError(None, None, wrong, self.parser.peek_event().start_mark, remedy)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Builder:
    """Turns composed nodes into plain values and notes their places."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.places: dict[Path, Position] = {}
        self.problems: list[Problem] = []
        self.open: list[Node] = []
        self.number: float = 0

    def place(self, node: Node) -> Position:
        return Position(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def problem(self, node: Node, path: Path, wrong: str, remedy: str) -> None:
        self.problems.append(self.place(node).problem(path, wrong, remedy))

    def value(self, node: Node, path: Path) -> Any:
        self.number += 1
        if isinstance(node, ScalarNode):
            return scalar(whole(node.value), node.tag)
        if any(node is above for above in self.open):
            self.problem(node, path, "this alias holds itself", "write the values out")
            return None
        if self.number > MOST_VALUES or len(self.open) >= DEEPEST:
            if self.number < math.inf:
                much = f"{MOST_VALUES:,} values" if self.number > MOST_VALUES else f"{DEEPEST} levels"
                self.problem(node, path, f"aliases of aliases make more than {much}", FEWER)
            self.number = math.inf
            return {} if isinstance(node, MappingNode) else []
        self.open.append(node)
        try:
            if isinstance(node, MappingNode):
                return self.mapping(node, path)
            return self.sequence(node, path) if isinstance(node, SequenceNode) else None
        finally:
            self.open.pop()

    def sequence(self, node: SequenceNode, path: Path) -> list[Any]:
        values = []
        if node.flow_style:
            self.split_number(node, path)
        for number, item in enumerate(node.value):
            here = (*path, str(number))
            self.places[here] = self.place(item)
            values.append(self.value(item, here))
        return values

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        last: tuple[str, Node] | None = None  # the key before, with its value
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.problem(key_node, path, "a key is a map or a list", "write a name before the colon")
                continue
            key = whole(str(key_node.value))
            here = (*path, key)
            if key == "<<":
                self.problem(key_node, here, "merge keys are not part of the format", "write the values out")
            elif node.flow_style and not self.has_colon(key_node, value_node):
                self.lone_key(key_node, here, last, values)
            elif key in values:
                wrong = f"'{key}' is written twice, first in line {lines[key]}"
                self.problem(key_node, here, wrong, "keep one of them")
            else:
                lines[key] = key_node.start_mark.line + 1
                self.places[here] = self.place(key_node)
                values[key] = self.value(value_node, here)
            last = key, value_node
        return values

    def has_colon(self, key: Node, value: Node) -> bool:
        """Tell whether a key of a map in braces has a colon; the value of an alias stands before its key."""
        begin = value.start_mark.index
        return begin < key.start_mark.index or ":" in self.text[key.end_mark.index : begin + 1]

    def lone_key(
        self, node: ScalarNode, path: Path, last: tuple[str, Node] | None, values: dict[str, Any]
    ) -> None:
        """Report a key of a map in braces that has neither a colon nor a value."""
        key, (name, before) = path[-1], last or ("", node)
        if isinstance(before, ScalarNode) and self.text[before.end_mark.index : node.start_mark.index] == ",":
            found = COMMA_NUMBER.match(self.text, before.start_mark.index)
            number = found[0].strip() if found else ""
            ways = ways_to_write(number)
            if ways:
                wrong = f"in braces the comma in {quoted(number)} ends the value"
                self.problem(before, (*path[:-1], name), wrong, f"write {ways}")
                values[name] = ways.split("'")[1]  # the half that was read would be no news
                return
            if not before.value and key[:1].isdigit():
                return  # the third part of a number that is reported
        word, colon, value = key.partition(":")
        remedy = f"write {key}: and its value, or leave it out"
        if isinstance(before, ScalarNode) and before.value and name and not key[:1].isdigit():
            remedy = f"write {name}: [{before.value}, {key}] for both, or {key}: and its value"
        if colon and value.strip():
            remedy = f"write a blank after the colon: {word}: {value.strip()}"
        self.problem(node, path, f"{quoted(key)} has no value", remedy)

    def split_number(self, node: SequenceNode, path: Path) -> None:
        """Report numbers with decimal commas in a list, which YAML takes for two items."""
        pairs = list(itertools.pairwise(node.value))
        between = [self.text[a.end_mark.index : b.start_mark.index] for a, b in pairs]
        for (first, second), sign in zip(pairs, between, strict=True):
            numbers = isinstance(first, ScalarNode) and isinstance(second, ScalarNode)
            if not numbers or sign != "," or not first.value.isdigit():
                continue
            number = f"{first.value},{second.value}"
            ways = ways_to_write(number)
            if ways and (not second.value.isdigit() or ", " in between):
                wrong = f"in a list the comma in {quoted(number)} makes two items"
                self.problem(first, path, wrong, f"write {ways}, or a blank after each comma")
                return


def whole(text: str) -> str:
    """Return text whose letters are whole: YAML may write one as two escaped halves, as JSON does."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def scalar(text: str, tag: object) -> object:
    """Turn the text of a YAML scalar into a plain value; dates and what is not finite stay text."""
    kind = str(tag).rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind in ("int", "float") and text[:1] not in "+-":  # with a sign it may be a relative change
        try:
            return _number(text, kind)
        except ValueError:
            return text
    return text


class WrittenInt(int):
    """A whole number that was written in another way than Python does; `text` is how."""

    text: str


class WrittenFloat(float):
    """A number that was written in another way than Python does; `text` is how."""

    text: str


def _number(text: str, kind: str) -> object:
    """Turn digits into a number that knows how it was written: codes may be 010121, or 1.10."""
    plain = text.replace("_", "")
    number: int | float
    if kind == "float":
        number = float(plain)
    else:
        number = int(plain) if plain.lstrip("+-").isdecimal() else int(plain, 0)
    if not -math.inf < number < math.inf:
        return text
    if str(number) == text:
        return number
    written = WrittenFloat(number) if isinstance(number, float) else WrittenInt(number)
    written.text = text
    return written


def to_yaml(tree: Tree) -> str:
    """Return a tree as block YAML; text that could be misread is quoted.

    Each map takes lines of its own and every value is JSON, which is YAML, or plain text: the emitter of
    ruamel.yaml takes 0.3 s for `curbs_2019`, and a sweep writes a file for each of its points.

    Examples
    --------
    >>> print(to_yaml({"firms": {"x": {"country": "NO", "hs": "281111", "cover": "30 days"}}}), end="")
    firms:
      x:
        country: "NO"
        hs: "281111"
        cover: 30 days
    """
    return "".join(f"{line}\n" for line in _lines(tree)) or "{}\n"


def _lines(tree: Tree, indent: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{yaml_text(key)}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield f"{indent}{yaml_text(key)}: {yaml_text(value)}"


def yaml_text(value: object) -> str:
    """Write a value as one line of YAML.

    Examples
    --------
    >>> yaml_text({"press": {"title": "Trade press", "date": "2019-07-04"}, "hs": ["281111"]})
    '{press: {title: Trade press, date: 2019-07-04}, hs: ["281111"]}'
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{yaml_text(key)}: {yaml_text(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_text, value))}]"
    if not isinstance(value, str) or not value.isprintable():
        return json.dumps(value)
    if MISREAD.fullmatch(value) or not PLAIN.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return value


def canonical(tree: Tree, texts: dict[str, tuple[object, str]]) -> str:
    """Return the values of a scenario as one text that is hashed: no prose, no variants, keys in order.

    `texts` keeps the text of each section, for scenarios that differ in some of them.
    """
    sections = {"meta": {}, **tree}
    keys = sorted(sections.keys() - {*FILE_SECTIONS})
    for key in keys:
        if key not in texts or texts[key][0] is not sections[key]:
            texts[key] = (sections[key], _section_text(key, sections[key]))
    return "{" + ",".join(filter(None, (texts[key][1] for key in keys))) + "}"


def _section_text(key: str, section: Any) -> str:
    """Return a section as part of the text that is hashed; nothing for an empty one."""
    if key == "network":  # the same tables in another folder are the same network
        section = {"digest": section.get("digest")}
    if key == "meta":
        section = {name: value for name, value in section.items() if name not in PROSE}
    elif key == "uncertain":
        section = {path: in_short(entry) for path, entry in section.items()}
    else:
        section = _without_prose(section)
    if section == {}:
        return ""
    return (
        f"{json.dumps(key)}:{json.dumps(_with_plain_numbers(section), sort_keys=True, separators=(',', ':'))}"
    )


def in_short(entry: Any) -> Any:
    """Return a range as it is hashed: without prose, what it has replaced, and what goes without saying."""
    if not isinstance(entry, dict):
        return entry
    silent = {"as": "value", "draw": "each", "fixed": False}
    unsaid = (*ENTRY_PROSE, "replaced")
    return {key: value for key, value in entry.items() if key not in unsaid and silent.get(key) != value}


def _without_prose(tree: Any, *, is_entry: bool = False) -> Any:
    """Leave out the prose of entries; ids and fields take turns in a section: a firm may be called `note`."""
    if not isinstance(tree, dict):
        return tree
    return {
        key: _without_prose(value, is_entry=not is_entry and key != "steps")
        for key, value in tree.items()
        if not (is_entry and key in ENTRY_PROSE and isinstance(value, str))
    }


def is_prose(path: Path) -> bool:
    """Tell whether a path leads to the prose of an entry.

    Examples
    --------
    >>> is_prose(("events", "curb", "title")), is_prose(("firms", "title", "country"))
    (True, False)
    """
    return len(path) > 2 and len(path) % 2 == 1 and path[-1] in ENTRY_PROSE and path[-2] != "steps"


def _with_plain_numbers(value: object) -> object:
    """Write numbers alike, however they were given: 0.5 in YAML is `0.5` in a table."""
    if isinstance(value, str) and value[-1:] in NO_DIGITS:
        return value
    if isinstance(value, dict):
        return {key: _with_plain_numbers(below) for key, below in value.items() if below != {}}
    if isinstance(value, list):
        return [_with_plain_numbers(below) for below in value]
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return value
    return value
