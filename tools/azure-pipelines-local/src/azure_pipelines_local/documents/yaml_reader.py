"""Read YAML documents as nodes, as strictly as Azure Pipelines does, and within limits."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError

MAXIMUM_BYTES = 1 << 20  # Azure's limit is 20 MB of memory, which it reaches at 0.6 to 2 MB of YAML
MAXIMUM_DEPTH = 100  # mappings and sequences inside one another
MAXIMUM_NODES = 100_000  # as many as an expanded pipeline may have
DIRECTIVE_WITHOUT_COLON = re.compile(r"\s*(?:-\s+)?\$\{\{\s*(?:if|elseif|else|each|insert)\b.*\}\}\s*")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML has it: ten times as fast


def read(path: Path, file: str) -> Node:
    """Read the document of the file, which messages call `file`.

    Raises:
        PipelineError: it cannot be read, is too large, or is not what `parse` takes.
    """
    return parse_once(read_text(path, file), file)


def read_text(path: Path, file: str) -> str:
    """Read the text of the file; raises PipelineError if that cannot be, or if it is too large."""
    try:
        check_size(path.stat().st_size, Place(file))
        content = path.read_bytes()
    except OSError as error:
        raise PipelineError(Place(file), f"it cannot be read ({error.strerror}).") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _at(file, error.object[: error.start].decode("utf-8"))
        raise PipelineError(place, f"byte 0x{error.object[error.start]:02X} is not UTF-8. Save it as UTF-8.") from error


@lru_cache(maxsize=500)
def parse_once(text: str, file: str) -> Node:
    """Parse as `parse` does, each file once, however often it is expanded: nodes never change."""
    return parse(text, file)


def check_size(size: int, place: Place) -> None:
    """Raise PipelineError if nothing so large is read."""
    if size > MAXIMUM_BYTES:
        raise PipelineError(place, f"it has {size:,} bytes; at most {MAXIMUM_BYTES:,} are allowed.")


def parse(text: str, file: str, wanted: str = "a pipeline or a template") -> Node:
    """Parse the one document in `text`, which messages call `wanted`.

    Raises:
        PipelineError: it is not YAML, a key appears twice, or it has what Azure Pipelines refuses: anchors, aliases,
            keys that are not text, more than one document. Tags, which Azure would drop, are refused here.
    """
    composer = _Composer(text, file)
    try:
        return composer.document(wanted)
    except yaml.MarkedYAMLError as error:
        place = composer.place(error.problem_mark)
        raise PipelineError(place, f"not YAML: {error.problem}. {_remedy(text, place)}") from error
    except yaml.reader.ReaderError as error:
        before = text.partition(chr(error.character))[0]  # it may stand nowhere, and so stands here first
        message = f"not YAML: {error.reason} (U+{error.character:04X}). Take the character out."
        raise PipelineError(_at(file, before), message) from error


def _at(file: str, before: str) -> Place:
    """Find the place in the file that comes after so much text."""
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _remedy(text: str, place: Place) -> str:
    """Suggest a remedy from the lines at the place where the YAML breaks, and right above it."""
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    indented = line[: len(line) - len(line.lstrip())]
    if "\t" in indented:
        return "Indent with spaces, not tabs."
    for number in range(place.line - 1, max(place.line - 4, 0), -1):
        if DIRECTIVE_WITHOUT_COLON.fullmatch(lines[number - 1]):
            return f"Perhaps a colon is missing after the directive in line {number}."
    return "Fix the YAML there."


class _Composer:
    """Nodes from the events of PyYAML, without its types, anchors and tags."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=Loader)
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]  # where each begins
        self.depth = self.nodes = 0

    def place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file)

    def document(self, wanted: str) -> Node:
        next(self.events)  # the stream starts
        if not isinstance(next(self.events), yaml.DocumentStartEvent):
            raise PipelineError(Place(self.file), f"it is empty; {wanted} is expected.")
        node = self.node(next(self.events))
        while isinstance(event := next(self.events), yaml.DocumentEndEvent):
            pass
        if isinstance(event, yaml.DocumentStartEvent):
            raise PipelineError(self.place(event.start_mark), "a second document; a file must hold one.")
        return node

    def node(self, event: yaml.Event) -> Node:
        place = self.place(event.start_mark)
        if anchor := getattr(event, "anchor", None):
            raise PipelineError(place, f"anchors and aliases are not supported ({anchor}). Write it out.")
        if tag := getattr(event, "tag", None):
            raise PipelineError(place, f"tags are not supported ({tag}). Leave it out.")
        self.nodes += 1 + (event.value.count("${{") if isinstance(event, yaml.ScalarEvent) else 0)
        if self.nodes > MAXIMUM_NODES:
            raise PipelineError(place, f"more than {MAXIMUM_NODES:,} keys, values and expressions in one file.")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, place, self.expressions(event), plain=not event.style)
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise PipelineError(place, f"more than {MAXIMUM_DEPTH} nested mappings and sequences.")
        node = self.sequence(place) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(event, place)
        self.depth -= 1
        return node

    def sequence(self, place: Place) -> Sequence:
        nodes = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            nodes.append(self.node(event))
        return Sequence(tuple(nodes), place)

    def mapping(self, start: yaml.Event, place: Place) -> Mapping:
        assert isinstance(start, yaml.MappingStartEvent)  # noqa: S101  # no other event starts a node
        pairs: list[tuple[Scalar, Node]] = []
        seen: set[str] = set()
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event)
            if not isinstance(key, Scalar):
                raise PipelineError(key.place, "a key must be text. Write a name there.")
            if key.text.lower() in seen and "${{" not in key.text:
                raise PipelineError(key.place, f"the key {key.text!r} appears twice (case does not count).")
            seen.add(key.text.lower())
            pairs.append((key, self.node(next(self.events))))
        return Mapping(tuple(pairs), place)

    def expressions(self, event: Any) -> tuple[Place, ...]:
        """Find where the text's `${{` stand in the source; nowhere if escapes hide them."""
        count = event.value.count("${{")
        if not count:
            return ()
        start, end = event.start_mark.index, event.end_mark.index
        offsets = [start]
        while (found := self.text.find("${{", offsets[-1] + (len(offsets) > 1) * 3, end)) >= 0:
            offsets.append(found)
        places = [self.at(offset) for offset in offsets[1:]]
        return tuple(places) if len(places) == count else ()

    def at(self, offset: int) -> Place:
        line = bisect_right(self.lines, offset)
        return Place(self.file, line, offset - self.lines[line - 1] + 1)
