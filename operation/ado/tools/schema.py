"""The tasks that Azure DevOps has, with their inputs: the schema of check-jsonschema, and what it lacks."""

import copy
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

OVERLAY = Path(__file__).parent / "overlay.json"


@dataclass(frozen=True)
class Input:
    """What an input takes: one of `values` if there are any, true or false if `boolean`, else any text."""

    name: str
    boolean: bool
    values: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A task, and its inputs by all their names in lower case."""

    name: str
    inputs: dict[str, Input]
    required: tuple[str, ...]
    required_one_of: tuple[str, ...]  # at least one, if there are any
    deprecated: bool


@dataclass(frozen=True)
class Schema:
    """The schema of pipelines, with the overlay in it. `path` is where check-jsonschema keeps its own."""

    path: Path
    overlay: Path = OVERLAY
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Read both files."""
        document = json.loads(self.path.read_text(encoding="utf-8"))
        _extend(document["definitions"]["task"], json.loads(self.overlay.read_text(encoding="utf-8")))
        object.__setattr__(self, "document", document)

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """Every task by its name in lower case."""
        found = [_task(each) for each in self.document["definitions"]["task"]["anyOf"] if "inputs" in _properties(each)]
        return {task.name.lower(): task for task in found}


def _properties(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry.get("properties", {})
    return found


def _name(entry: dict[str, Any]) -> str:
    return str(_properties(entry).get("task", {}).get("pattern", "")).strip("^$")


def _task(entry: dict[str, Any]) -> Task:
    inputs = _properties(entry)["inputs"]
    known: dict[str, Input] = {}
    for name, each in inputs.get("properties", {}).items():
        found = Input(name, each.get("type") == "boolean", tuple(map(str, each.get("enum", ()))))
        known |= {alias.lower(): found for alias in (name, *each.get("aliases", ()))}
    one_of = tuple(inputs.get("requiredOneOf", ()))  # the overlay's own word
    return Task(_name(entry), known, tuple(inputs.get("required", ())), one_of, "deprecationMessage" in entry)


def _extend(tasks: dict[str, Any], overlay: dict[str, Any]) -> None:
    """Add each task of the overlay: what it is `like`, without what it drops, with what it adds."""
    entries = {_name(entry): entry for entry in tasks["anyOf"]}
    for name, change in overlay["tasks"].items():
        entry = copy.deepcopy(entries[change["like"]])
        entry["properties"]["task"]["pattern"] = f"^{name}$"
        entry.pop("deprecationMessage", None)
        inputs = entry["properties"]["inputs"]
        for each in change.get("drops", ()):
            del inputs["properties"][each]
        for each, kind in change.get("adds", {}).items():
            values = (
                {"enum": kind, "ignoreCase": "all"} if isinstance(kind, list) else {"type": kind, "ignoreCase": "key"}
            )
            inputs["properties"][each] = values
        inputs["required"] = change["requires"]
        inputs["requiredOneOf"] = change.get("requiresOneOf", [])
        tasks["anyOf"].append(entry)
        tasks["properties"]["task"]["anyOf"].append({"enum": [name], "ignoreCase": "value"})
    for name, successor in overlay["deprecated"].items():
        entries[name]["deprecationMessage"] = f"use {successor}"
