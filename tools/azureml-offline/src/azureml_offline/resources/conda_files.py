"""Read conda files; whatever is wrong with one is a message with its line and column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from azureml_offline.errors import OfflineError

KEYS = ("name", "channels", "dependencies")
PIP = "a package such as python=3.11, or pip: with a list of requirements"


def read(path: str | Path) -> dict[str, Any]:
    """Return the specification in a conda file.

    Raises:
        OfflineError: it cannot be read, or is not a conda file.
    """
    return _File(path).specification()


class _File:
    def __init__(self, path: str | Path) -> None:
        self.path = path

    def specification(self) -> dict[str, Any]:
        root = self._root()
        found = dict(self._entries(root, "a conda file must be a mapping with dependencies"))
        for key, (where, _) in found.items():
            if key not in KEYS:
                self._fail(where, f"{key} is not read: leave it out, or write {', '.join(KEYS)}")
        if "dependencies" not in found:
            self._fail(root, "a conda file needs dependencies, a list of packages")
        known: dict[str, Any] = {"name": self._text(found["name"][1], "name must be text")} if "name" in found else {}
        if "channels" in found:
            known["channels"] = self._texts(found["channels"][1], "channels")
        return known | {"dependencies": list(self._dependencies(found["dependencies"][1]))}

    def _root(self) -> yaml.Node:
        try:
            root = yaml.compose(Path(self.path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise OfflineError(f"Cannot read the conda file {self.path}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise OfflineError(f"The conda file {self.path} must be UTF-8: byte {error.start} is not.") from error
        except yaml.MarkedYAMLError as error:
            self._fail(error.problem_mark or error.context_mark, str(error.problem or error.context))
        except (yaml.YAMLError, RecursionError) as error:
            raise OfflineError(f"{self.path}: this is not YAML: {' '.join(str(error).split())}.") from error
        if root is None:
            raise OfflineError(f"{self.path}: the file is empty; a conda file needs dependencies, a list of packages.")
        return root

    def _entries(self, node: yaml.Node, words: str) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
        """Yield the keys of a mapping with their nodes and the nodes of their values."""
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, words)
        seen = set[str]()
        for key, value in node.value:
            name = self._text(key, "a key must be text")
            if name in seen:
                self._fail(key, f"{name} stands twice")
            seen.add(name)
            yield name, (key, value)

    def _dependencies(self, node: yaml.Node) -> Iterator[str | dict[str, list[str]]]:
        for item in self._items(node, "dependencies"):
            if isinstance(item, yaml.MappingNode):
                entries = dict(self._entries(item, PIP))
                if list(entries) != ["pip"]:
                    self._fail(item, f"an entry of dependencies must be {PIP}")
                yield {"pip": self._texts(entries["pip"][1], "pip")}
            else:
                yield self._text(item, f"an entry of dependencies must be {PIP}")

    def _texts(self, node: yaml.Node, name: str) -> list[str]:
        return [self._text(item, f"an entry of {name} must be text") for item in self._items(node, name)]

    def _items(self, node: yaml.Node, name: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, f"{name} must be a list")
        return list(node.value)

    def _text(self, node: yaml.Node, words: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str" or not node.value.strip():
            self._fail(node, words)
        return str(node.value)

    def _fail(self, where: Any, words: str) -> Any:
        mark = getattr(where, "start_mark", where)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise OfflineError(f"{self.path}{place}: {words}.")
