"""Say what differs between two runs beside their results: configuration, data, code, packages."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operation.errors import OperationError
from operation.execution.comparison.records import Kept
from operation.execution.configuration.sections import ROOT
from operation.git import ask

PLACES = ("backend", "monitoring", "serving", "sweep")  # sections that shape no model
ABSENT = "-"


@dataclass(frozen=True)
class Change:
    """A thing that differs, with what it is in either run."""

    name: str
    first: str
    second: str


@dataclass(frozen=True)
class Compared:
    """Two runs, and what differs: `paired` is what src/compare.py found, or says why it could not as `impossible`."""

    first: Kept
    second: Kept
    configuration: list[Change]
    data: list[Change]
    environment: list[Change]
    code: str
    paired: Mapping[str, Any]


def configuration_changes(first: Kept, second: Kept) -> list[Change]:
    """List the keys whose values differ, those of where runs run and serve left out."""
    ours, theirs = (_flat({k: v for k, v in each.configuration.items() if k not in PLACES}) for each in (first, second))
    return [*_changes(ours, theirs)]


def data_changes(first: Kept, second: Kept) -> list[Change]:
    """List what differs in the raw data, in what preparation counted, and in the days of both parts."""
    ours, theirs = (
        {"content (sha256)": each.lineage.get("data_sha256", ABSENT)[:12], **_flat(each.prepared)}
        for each in (first, second)
    )
    return [*_changes(ours, theirs)]


def environment_changes(first: Kept, second: Kept) -> list[Change]:
    """List what differs in the packages, the interpreter and the seed."""
    tags = {"lock_sha256": "requirements.lock (sha256)", "python": "Python", "seed": "seed"}
    ours, theirs = (
        {words: each.lineage.get(tag, ABSENT)[:12] for tag, words in tags.items()} for each in (first, second)
    )
    return [*_changes(ours, theirs)]


def describe_code(first: Kept, second: Kept) -> str:
    """Return `git diff --stat` between the commits of both runs, or why there is none."""
    commits = [each.lineage.get("git_commit", "unknown") for each in (first, second)]
    lines = [_diff(*commits)]
    for kept, commit in zip((first, second), commits, strict=True):
        if kept.lineage.get("git_dirty") == "true":
            lines.append(f"Run {kept.id} ran with changes that are not in commit {commit[:12]}.")
    return "\n".join(lines)


def _diff(first: str, second: str) -> str:
    if first == second:
        return f"The same commit: {first[:12]}."
    for commit in (first, second):
        if not is_commit(commit):
            return f"Commit {commit[:12]} is not in this clone: fetch its branch to see what changed."
    found = ask(ROOT, "diff", "--stat=100", first, second)
    return found or f"Commits {first[:12]} and {second[:12]} hold the same files."


def is_commit(name: str) -> bool:
    """Say whether the repository has the commit."""
    try:
        return bool(ask(ROOT, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"))
    except (OSError, OperationError, subprocess.CalledProcessError):
        return False


def _changes(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*first, *second)):
        ours, theirs = first.get(name, ABSENT), second.get(name, ABSENT)
        if ours != theirs:
            yield Change(name, ours, theirs)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, Mapping) and value else {name: _text(value)}
    return flat


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
