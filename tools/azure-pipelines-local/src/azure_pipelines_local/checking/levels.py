"""Read the levels of rules from `.rules.yaml` beside the pipelines: in the root, or in a folder of pipelines."""

from collections.abc import Mapping as Object
from difflib import get_close_matches
from pathlib import Path

from azure_pipelines_local.checking.entries import FOLDERS
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from azure_pipelines_local.findings import LEVELS, Level
from azure_pipelines_local.rules.table import BY_NAME, FIXED, RULES, unknown_rule

FILE = ".rules.yaml"
Levels = Object[str, Level]


def read_levels(root: Path) -> Levels:
    """Read the level of every rule: what the file in `root` or below says, else its default.

    Raises:
        PipelinesLocalError: there are two files, or one that names no rule or no level.
    """
    places = (FILE, *(f"{folder}/{FILE}" for folder in FOLDERS))
    found = [file for file in places if (root / file).is_file()]
    if len(found) > 1:
        raise PipelinesLocalError(f"Levels of rules are in {' and in '.join(found)}: keep one of these files.")
    defaults = {rule.name: rule.default for rule in RULES}
    return {**defaults, **(_read(root, found[0]) if found else {})}


def _read(root: Path, file: str) -> Levels:
    document = yaml_reader.read(root / file, file)
    if not isinstance(document, Mapping):
        raise PipelineError(document.place, "`RULE: LEVEL` is expected, a line for each rule.")
    return {key.text: _level(key, node) for key, node in document.pairs}


def _level(key: Scalar, node: Node) -> Level:
    if key.text not in BY_NAME:
        raise PipelineError(key.place, unknown_rule(key.text))
    if key.text in FIXED:
        raise PipelineError(key.place, f"{key.text!r} is always an error; leave it out.")
    given = node.text if isinstance(node, Scalar) else "a structure"
    for level in LEVELS:
        if given == level:
            return level
    close = get_close_matches(given, LEVELS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"a level is one of {', '.join(LEVELS)}."
    raise PipelineError(node.place, f"there is no level {given!r}; {hint}")
