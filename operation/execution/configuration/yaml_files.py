"""Reading YAML the strict way: a key that stands twice is an error, and every message names file and line."""

import re
from collections.abc import Hashable, Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from operation.errors import OperationError

MOST_VALUES = 100_000
UNPRINTABLE = re.compile("[\\0\ud800-\udfff]")  # NUL ends a path; lone surrogates cannot be written

PLAIN_NUMBER = re.compile(
    r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?|\.inf|\.nan)", re.IGNORECASE
)


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses a key standing twice, where YAML itself would silently take the last."""


def _mapping(loader: _StrictLoader, node: Any) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in (
        node.value if isinstance(node, yaml.MappingNode) else ()
    ):  # else YAML's own error is raised below
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable) or key in seen:
            problem = "stands twice" if isinstance(key, Hashable) else "must be plain text"
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} {problem}", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


def _number(loader: _StrictLoader, node: yaml.ScalarNode) -> int | float:
    """Build a number, but refuse the forms of YAML 1.1 that people do not mean: 012 would be 10, and 1_2 be 12."""
    text = str(node.value)
    if not PLAIN_NUMBER.fullmatch(text):
        problem = f"{text} is not a plain number: write decimal digits without leading zeros, _ or :, or text in quotes"
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
    kind = node.tag.rpartition(":")[2]
    value: int | float = getattr(loader, f"construct_yaml_{kind}")(node)
    return value


def _date(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
    """Build a date or time; one that no calendar has is refused with its place, where YAML gives none."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        problem = f"{node.value} is not a date: {error}"
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error


_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _date)
for _kind in ("int", "float"):
    _StrictLoader.add_constructor(f"tag:yaml.org,2002:{_kind}", _number)
_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@lru_cache(maxsize=64)
def _value_of(text: str) -> Any:
    """Read YAML; kept, as a process may read the same few files many times, and one takes ten milliseconds."""
    # S506 is about unsafe loaders; this one derives from SafeLoader.
    return yaml.load(text, Loader=_StrictLoader)  # noqa: S506


def parse(text: str, name: str) -> Any:
    """Return the value that `text` holds.

    Raises:
        OperationError: it is not YAML; the message says `name`, line and column.
    """
    try:
        value = _value_of(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise OperationError(f"{where}: {error.problem}. Fix the YAML there.") from error
    except RecursionError as error:
        raise OperationError(f"{name}: the YAML is nested too deeply. Fix it there.") from error
    except yaml.reader.ReaderError as error:
        line, code = text.count("\n", 0, error.position) + 1, int(error.character)
        raise OperationError(f"{name}:{line}: YAML cannot hold the character U+{code:04X}. Remove it.") from error
    except ValueError as error:  # a number with more digits than Python reads
        raise OperationError(f"{name}: {error}. Fix the value there.") from error
    except yaml.YAMLError as error:
        raise OperationError(f"{name}: {error}. Fix the YAML there.") from error
    except (AttributeError, KeyError, TypeError) as error:  # of PyYAML, for a tag that does not fit, such as !!bool x
        raise OperationError(f"{name}: the value is not what its tag says. Leave out the tag (!!...).") from error
    _require_plain(value, name)
    return deepcopy(value)  # the caller may change it


def dropped(text: str) -> str:
    """Return what YAML reads over in a text that `parse` takes: a comment, such as the end of the path /data/of #2."""
    ends = [token.end_mark.index for token in yaml.scan(text, Loader=yaml.SafeLoader)]
    return text[ends[-2] :].strip()  # the last token is the end of the stream


def _require_plain(value: Any, name: str) -> None:
    """Refuse what no configuration means: values that hold themselves or grow without end, and text that no file has.

    Raises:
        OperationError: the value is one of these; the message says `name`.
    """
    waiting, seen = [value], 0
    while waiting:
        one, seen = waiting.pop(), seen + 1
        if seen > MOST_VALUES:
            raise OperationError(f"{name}: the YAML refers to itself, or holds more than {MOST_VALUES:,} values.")
        if isinstance(one, str) and UNPRINTABLE.search(one):
            raise OperationError(f"{name}: the text {one[:40]!r} holds characters that no name can have. Remove them.")
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += one


def read_mapping(path: Path) -> dict[str, Any]:
    """Return the mapping that the file holds.

    Raises:
        OperationError: the file is missing, is not UTF-8 YAML, or holds something else than a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise OperationError(f"{path} is missing. Restore it: git checkout -- {path}") from error
    except UnicodeDecodeError as error:
        raise OperationError(f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    value = parse(text, str(path))
    if not isinstance(value, dict):
        raise OperationError(f"{path} must hold `key: value` pairs, and holds {type(value).__name__}.")
    return value


def line_of(path: Path, keys: tuple[str, ...]) -> int | None:
    """Return the line, from 1, at which the nested key stands in the file; None if it does not."""
    found = find_pair(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), keys)
    return found[0].start_mark.line + 1 if found else None


def find_pair(node: yaml.Node | None, keys: Sequence[str]) -> tuple[yaml.Node, yaml.Node] | None:
    """Find a nested key below a node, and its value; None if it is not there."""
    found = None
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((name, value) for name, value in pairs if name.value == key), None)
        if found is None:
            return None
        node = found[1]
    return found
