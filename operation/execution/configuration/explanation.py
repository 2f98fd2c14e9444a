"""What is wrong with a configuration, in words for people: where the key stands, and what was meant."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from operation.errors import shorten
from operation.execution.configuration.alert_sections import KINDS
from operation.execution.configuration.declared import SHARED
from operation.execution.configuration.section import IN_WORDS
from operation.execution.configuration.yaml_files import line_of

LONGEST_NUMBER = 20  # digits of a number that is suggested
ALERTS = ("monitoring", "alerts")  # each with a name of the team's own
KEY = "[key]"  # how pydantic says that a key is wrong, not its value

MUST_BE = {  # what a value must be, by pydantic's type of problem
    "greater_than_equal": "at least {ge:.15g}",
    "greater_than": "greater than {gt:.15g}",
    "less_than_equal": "at most {le:.15g}",
    "less_than": "less than {lt:.15g}",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "date_type": "a day, as 2013-10-31",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "union_tag_invalid": "{expected_tags}",
    "literal_error": "{expected}",
    "string_pattern_mismatch": "{words}",
}


def explain(error: ValidationError, model: type[BaseModel], sources: Sequence[Path], settings: Sequence[str]) -> str:
    """Write a line for each problem of the configuration `model`, which the files `sources`, then `settings` gave."""
    lines = []
    for found in error.errors():
        problem = _of_tag(found)
        keys = _keys(problem)
        kind = str(problem["loc"][1]) if problem["loc"][0] == "backend" and len(problem["loc"]) > 1 else None
        place, valid = _place(keys, sources, settings), _keys_of(model, "", kind) + _keys_of_alert(problem["loc"])
        if not place.startswith(f"{sources[0].parent.name}/{sources[0].name}"):
            valid.remove("use_case")  # the shared file alone can choose it
        lines.append(f"{place}: {_complaint(keys, problem, valid)}")
    return "\n".join(lines)


def _of_tag(problem: Any) -> Mapping[str, Any]:
    """Blame a wrong `kind` and not the whole section that pydantic chooses by it."""
    if problem["type"] != "union_tag_invalid":
        return dict(problem)
    key, tag = problem["ctx"]["discriminator"].strip("'"), problem["ctx"]["tag"]
    return {**problem, "loc": (*problem["loc"], tag, key), "input": tag}


def _keys(problem: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys on the way to the problem; pydantic's own marks among them stand in no file."""
    keys = tuple(str(key) for key in problem["loc"] if key != KEY)
    if keys[:2] == ALERTS:
        return keys[:3] + keys[4:]  # behind the name stands the kind
    return keys[:1] + keys[2:] if keys[0] == "backend" else keys  # behind it stands its kind


def _keys_of_alert(place: Sequence[Any]) -> list[str]:
    """List the keys of the alert at that place, which is one of a mapping by names; none at another place."""
    if tuple(place[:2]) != ALERTS or len(place) < 4 or place[3] not in KINDS:
        return []
    return [".".join((*ALERTS, str(place[2]), key)) for key in KINDS[place[3]].model_fields]


def _complaint(keys: tuple[str, ...], problem: Mapping[str, Any], valid: Sequence[str]) -> str:
    name = shorten(".".join(keys))
    if problem["type"] == "extra_forbidden":
        near = _nearest(keys, valid)
        choices = ", ".join(_beside(keys, valid))
        return f"unknown key {name}. " + (f"Did you mean {near}?" if near else f"Valid: {choices}.")
    if problem["type"] == "missing":
        return f"the key {name} is missing. Add it."
    wanted, value = requirement(problem), _shown(problem["input"])
    if problem["type"] == "invalid_key":
        return f"{shorten('.'.join(keys[:-1]))}: a key must be text, not {value}. Put it in quotes."
    if problem["loc"][-1] == KEY:
        return f"unknown key {name}: {wanted}.{_hint(problem)}"
    if problem["type"] in MUST_BE:
        return f"{name} {wanted}, not {value}.{_hint(problem)}"
    return f"{name} is {value}: {wanted}.{_hint(problem)}"


def _shown(value: Any) -> str:
    try:
        return shorten(json.dumps(value, default=str))
    except TypeError:  # keys that JSON does not have, such as dates
        return shorten(str(value))


def requirement(problem: Mapping[str, Any]) -> str:
    """Say what a value or key must be, in our words; in pydantic's for the rare problems."""
    if problem["type"] in MUST_BE:
        known = problem.get("ctx", {})
        return "must be " + MUST_BE[problem["type"]].format(**known, words=IN_WORDS.get(known.get("pattern", "")))
    message = str(problem["msg"]).removeprefix("Value error, ")
    # Ours are whole sentences, with names as people wrote them.
    return message if problem["type"] == "value_error" else shorten(message.lower())


def _hint(problem: Mapping[str, Any]) -> str:
    """Suggest the number that a text means, or the nearest of the values that pydantic expects, where these are few."""
    if problem["type"] in ("int_type", "float_type") and isinstance(problem["input"], str):
        return _number_hint(problem["input"], whole=problem["type"] == "int_type")
    known = problem.get("ctx", {})
    expected = re.findall(r"'([^']+)'", known.get("expected", known.get("expected_tags", "")))
    near = get_close_matches(str(problem["input"]), expected, n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else ""


def _number_hint(text: str, whole: bool) -> str:
    """Write the number in a form that YAML 1.1 reads as one: it takes 1e-3 for text."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return ""
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_NUMBER or (whole and number % 1):
        return ""
    return f" Write {number:f}, without quotes."


def _place(keys: tuple[str, ...], sources: Sequence[Path], settings: Sequence[str]) -> str:
    """Say where the offending key stands: the last source that names it, or what is above or below it, has decided."""
    folder = sources[0].parents[1]
    for setting in reversed(settings):
        if all(ours == theirs for ours, theirs in zip(setting.partition("=")[0].split("."), keys, strict=False)):
            return f"--set {shorten(setting)}"
    for source in reversed(sources):
        line = line_of(source, keys)
        if line is not None:
            return f"{source.relative_to(folder).as_posix()}:{line}"
    return _home(keys, sources).relative_to(folder).as_posix()


def _home(keys: tuple[str, ...], sources: Sequence[Path]) -> Path:
    """Return the file in which a missing key belongs: the last that has its section, or else by its first key."""
    for source in reversed(sources):
        if len(keys) > 1 and line_of(source, keys[:-1]):
            return source
    shared, use_case, environment = sources
    return {"backend": environment}.get(keys[0], shared if keys[0] in SHARED else use_case)


def _nearest(keys: tuple[str, ...], valid: Sequence[str]) -> str | None:
    """Find the valid key with the most similar last part: in the same section, or else anywhere."""
    for pool in (_beside(keys, valid), valid):
        names = {key.rpartition(".")[2]: key for key in pool}
        near = get_close_matches(keys[-1], names, n=1)
        if near:
            return names[near[0]]
    return None


def _beside(keys: tuple[str, ...], valid: Sequence[str]) -> list[str]:
    section = ".".join(keys[:-1])
    return [key for key in valid if key.rpartition(".")[0] == section]


def _keys_of(model: type[BaseModel], prefix: str, backend: str | None = None) -> list[str]:
    """List all keys, with those of the `backend` of that kind alone, or of all kinds."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        for kind in get_args(field.annotation) or (field.annotation,):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                named = kind.model_fields.get("kind")
                if backend is None or named is None or backend in get_args(named.annotation):
                    keys += _keys_of(kind, f"{prefix}{name}.")
    return keys
