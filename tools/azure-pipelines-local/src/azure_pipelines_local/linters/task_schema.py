"""The tasks that Azure DevOps has, with their inputs: the schema of check-jsonschema, and what it lacks."""

import copy
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

OVERLAY = Path(__file__).parent / "overlay.json"
EMPTY = {  # a task without inputs, as the schema writes it
    "properties": {"task": {"ignoreCase": "value"}, "inputs": {"properties": {}, "additionalProperties": False}},
    "firstProperty": ["task"],
    "required": ["task"],
}


@dataclass(frozen=True)
class Input:
    """What an input takes: one of `values` if there are any, true or false if `boolean`, else any text."""

    name: str
    boolean: bool
    values: tuple[str, ...]


@dataclass(frozen=True)
class Needs:
    """What a task needs for the values that one of its inputs may have, which are in lower case."""

    input: str
    default: str
    inputs: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Task:
    """A task, and its inputs by all their names in lower case."""

    name: str
    inputs: dict[str, Input]
    required: tuple[str, ...]
    needs: tuple[Needs, ...]
    deprecated: str  # what the schema says of it, empty of a current one


@dataclass(frozen=True)
class Schema:
    """The schema of pipelines, with the overlay in it. `path` is where check-jsonschema keeps its own."""

    path: Path
    overlay: Path = OVERLAY
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Read both files."""
        document = json.loads(self.path.read_text(encoding="utf-8"))
        overlay = json.loads(self.overlay.read_text(encoding="utf-8"))
        _extend(document["definitions"]["task"], overlay)
        object.__setattr__(self, "document", document)

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """Map every task by its name in lower case."""
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
    needs = tuple(_needs(*each) for each in entry.get("needs", {}).items())  # the overlay's own word
    deprecated = str(entry.get("deprecationMessage", ""))
    return Task(_name(entry), known, tuple(inputs.get("required", ())), needs, deprecated)


def _needs(name: str, values: dict[str, Any]) -> Needs:
    inputs = {value.lower(): tuple(needed) for value, needed in values.items() if value != "default"}
    return Needs(name, values["default"], inputs)


def _extend(tasks: dict[str, Any], overlay: dict[str, Any]) -> None:
    """Add each new task of the overlay: what it is `like`, without what it drops, with what it adds; change others."""
    entries = {_name(entry): entry for entry in tasks["anyOf"]}
    for name, change in overlay["tasks"].items():
        entries[name] = copy.deepcopy(entries[change["like"]] if "like" in change else EMPTY)
        entries[name]["properties"]["task"]["pattern"] = f"^{name}$"
        entries[name].pop("deprecationMessage", None)
        tasks["anyOf"].append(entries[name])
        tasks["properties"]["task"]["anyOf"].append({"enum": [name], "ignoreCase": "value"})
    for name, change in (overlay["tasks"] | overlay["changed"]).items():
        _change(entries[name]["properties"]["inputs"], change)
    for name, needs in overlay["needs"].items():
        entries[name]["needs"] = needs
    for name, successor in overlay["deprecated"].items():
        entries[name]["deprecationMessage"] = f"use {successor}"


def _change(inputs: dict[str, Any], change: dict[str, Any]) -> None:
    for each in change.get("drops", ()):
        del inputs["properties"][each]
    for each in change.get("texts", ()):
        inputs["properties"][each] = {"type": "string", "ignoreCase": "key"}
    for each in change.get("booleans", ()):
        inputs["properties"][each] = {"type": "boolean", "ignoreCase": "key"}
    for each, values in change.get("choices", {}).items():
        inputs["properties"][each] = {"enum": values, "ignoreCase": "all"}
    for each, aliases in change.get("aliases", {}).items():
        inputs["properties"][each]["aliases"] = aliases
    inputs["required"] = change["requires"]
