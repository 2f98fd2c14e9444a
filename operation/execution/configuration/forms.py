"""Older forms of `configuration/`, and how each becomes the new one: what `invoke doctor` finds and `--fix` does.

A step takes all files as texts and gives them back as they should be, with comments; one that has nothing to do gives
them back as they are. To change the form, add a step to STEPS, and a case to its test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import unified_diff
from functools import partial
from pathlib import Path

import yaml

from operation.errors import OperationError
from operation.execution.configuration.later_keys import (
    OF_ALL,
    OF_CARD,
    OF_CLEANING,
    OF_DATA,
    OF_GATE,
    OF_TRAINING,
    OF_WORKSPACE,
    Addition,
)
from operation.execution.configuration.yaml_edits import append, find, has, insert, take, value_of

SHARED = "configuration/configuration.yaml"
USE_CASES = "configuration/use_cases/"
ENVIRONMENTS = "configuration/environments/"
# What has a value for each use case since there may be several.
OF_USE_CASE = ("experiment", "model", "data", "preparation", "training", "evaluation", "gate", "sweep", "limits")
FIRST_LINES = """\
# The use case in src/{name}: names and values for people to change. They override those of configuration.yaml; a file
# in environments/ overrides both, and `--set section.key=value` all of them for one command.

"""
Files = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """How one older form becomes the new one: `what` says it to people, since which version."""

    what: str
    apply: Callable[[Files, tuple[str, ...]], dict[str, str]]


def modernize(files: Files, packages: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """Return the files in the newest form, and what was older about them, a line for each.

    Raises:
        OperationError: an older form cannot be changed without a person.
    """
    found, older = dict(files), []
    for step in STEPS:
        changed = step.apply(found, packages)
        if changed != found:
            older.append(step.what)
            found = changed
    return found, older


def read(root: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read the files of the configuration, and the names of the packages that are use cases."""
    paths = sorted((root / "configuration").glob("**/*.yaml"))
    files = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    packages = [path.parent.name for name in ("use_case", "schema") for path in sorted(root.glob(f"src/*/{name}.py"))]
    return files, tuple(dict.fromkeys(packages))


def difference(before: Files, after: Files) -> str:
    """Return what changes, as `git diff` shows it."""
    lines: list[str] = []
    for path in sorted({*before, *after}):
        texts = (before.get(path, "").splitlines(), after.get(path, "").splitlines())
        lines += unified_diff(*texts, f"a/{path}" if path in before else "/dev/null", f"b/{path}", lineterm="")
    return "\n".join(lines)


def _split_use_case(files: Files, packages: tuple[str, ...]) -> dict[str, str]:
    """Give the one use case a file of its own."""
    shared = files.get(SHARED, "")
    if not shared or has(shared, "use_case"):
        return dict(files)
    if len(packages) != 1:
        raise OperationError(f"{SHARED} names no use_case. Name one of the packages in src/: {', '.join(packages)}.")
    (name,), path = packages, f"{USE_CASES}{packages[0]}.yaml"
    blocks = []
    for key in OF_USE_CASE:
        shared, block = take(shared, key)
        blocks += [block] if block else []
    own = FIRST_LINES.format(name=name) + _joined(blocks)
    seed = find(shared, ("seed",))
    lines = shared.splitlines(keepends=True)
    place = seed.first if seed else len(lines)
    lines.insert(place, f"use_case: {name:<23}# without --use-case: a package in src/, and a file in use_cases/\n")
    shared = "".join(lines).rstrip() + "\n"
    # An update of the template brings a file of that name: what stood here until now wins.
    return dict(files) | {SHARED: shared, path: own}


def _joined(blocks: list[str]) -> str:
    """Put blocks below one another, with an empty line around those of more than one line."""
    text = ""
    for block in blocks:
        apart = text and (block.count("\n") > 1 or text.rstrip("\n").rpartition("\n")[2].startswith(" "))
        text += f"\n{block}" if apart else block
    return text


def _split_by_rule(files: Files, _packages: tuple[str, ...]) -> dict[str, str]:
    """Turn the days of the test part and of the selection into the section split."""
    return {path: _with_split(text) if _of_use_case(path) else text for path, text in files.items()}


def _with_split(text: str) -> str:
    first, until, selected = (
        value_of(text, *keys)
        for keys in (("preparation", "test_from"), ("preparation", "test_until"), ("sweep", "select_from"))
    )
    if not first and not until:
        return text
    before, last = _day(first, "test_from", -1), _day(until, "test_until", -1)
    lines = f"""\
split:                           # which rows train, and which test
  by: time                       # or group or random, by the columns that the use case names
  test: {f"{first} to {last}":<25}# or "last 61 days", or "20 %" of the rows; what is before it trains
  selection: {f"{selected or before} to {before}":<20} # what a sweep compares its trials on, of what is before

"""
    text = take(text, "preparation", "test_from")[0]
    text = take(take(text, "preparation", "test_until")[0], "sweep", "select_from")[0]
    if not (yaml.safe_load(text) or {}).get("preparation", True):  # nothing is left of it
        text = take(text, "preparation")[0]
    if has(text, "split"):
        return text
    block = find(text, ("preparation",))
    rows = text.splitlines(keepends=True)
    return "".join([*rows[: block.first], lines, *rows[block.first :]]) if block else append(text, lines)


def _day(text: str, key: str, days: int) -> str:
    try:
        return str(date.fromisoformat(text) + timedelta(days))
    except ValueError as error:
        problem = f", {text!r}, is not a day" if text else " is missing"
        raise OperationError(f"preparation.{key}{problem}. Write a day such as 2013-11-01.") from error


def _add(additions: tuple[Addition, ...], files: Files, _packages: tuple[str, ...]) -> dict[str, str]:
    """Add what is missing to each use case, unless the shared file has it."""
    shared = files.get(SHARED, "")
    missing = tuple(each for each in additions if not has(shared, *each.section, each.key))
    return {path: _added(text, missing) if path.startswith(USE_CASES) else text for path, text in files.items()}


def _add_hosting(files: Files, _packages: tuple[str, ...]) -> dict[str, str]:
    """Say what services of a workspace run on, in each environment that is one."""
    return {path: _added(text, OF_WORKSPACE) if _in_workspace(path, text) else text for path, text in files.items()}


def _added(text: str, additions: tuple[Addition, ...]) -> str:
    for each in additions:
        if not has(text, *each.section, each.key) and (not each.section or has(text, *each.section)):
            lines = f"{each.lines}\n"
            text = insert(text, each.section, lines) if each.section else append(text, lines)
    return text


def _add_shared(additions: tuple[Addition, ...], files: Files, _packages: tuple[str, ...]) -> dict[str, str]:
    """Add to the shared file what neither it nor a use case has."""
    shared = files.get(SHARED, "")
    own = [text for path, text in files.items() if path.startswith(USE_CASES)]
    if not shared:
        return dict(files)
    missing = [
        each
        for each in additions
        if not has(shared, *each.section, each.key)
        and not (own and all(has(text, *each.section, each.key) for text in own))
    ]
    for section in {each.section: None for each in missing if each.section and not has(shared, *each.section)}:
        lines = "\n".join(f"  {each.lines}" for each in missing if each.section == section)
        shared = append(shared, f"{section[0]}:\n{lines}\n")
    return dict(files) | {SHARED: _added(shared, tuple(missing))}


def _of_use_case(path: str) -> bool:
    return path == SHARED or path.startswith(USE_CASES)


def _in_workspace(path: str, text: str) -> bool:
    return path.startswith(ENVIRONMENTS) and value_of(text, "backend", "kind") in ("azureml", "emulator")


STEPS = (
    Step(
        "values of the one use case in configuration.yaml; since 0.2.0 each has its file in use_cases/", _split_use_case
    ),
    Step(
        "preparation.test_from, test_until and sweep.select_from; since 0.2.0 the section split says it", _split_by_rule
    ),
    Step("data without share (since 0.2.0)", partial(_add, OF_DATA)),
    Step("gate without limits on gains, other metrics and slices (since 0.2.0)", partial(_add, OF_GATE)),
    Step("training without regularization and early stopping (since 0.2.0)", partial(_add_shared, OF_TRAINING)),
    Step("no golden rows, serving or monitoring (since 0.2.0)", partial(_add_shared, OF_ALL)),
    Step("nothing for the model card: owner, fairness, costs (since 0.2.0)", partial(_add_shared, OF_CARD)),
    Step("no retention (since 0.2.0)", partial(_add_shared, OF_CLEANING)),
    Step("a workspace without hosting of services (since 0.2.0)", _add_hosting),
)


def examine(root: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return the files as they are and as they should be, and what is older about them.

    Raises:
        OperationError: a file is not YAML, or a person has to change it.
    """
    try:
        files, packages = read(root)
        return files, *modernize(files, packages)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OperationError(f"The configuration is not YAML: {' '.join(str(error).split())}") from error


def write(root: Path, before: Files, after: Files) -> None:
    """Write the files that change."""
    for path, text in after.items():
        if before.get(path) != text:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8", newline="\n")
