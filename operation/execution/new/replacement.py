"""`invoke new --replace`: the default use case goes with every trace, and the new one is the default in its place.

Whatever names a use case lies in places that follow from its name; what else belongs to it, its own list says. Text
about it alone stands between two marks. Where other text names it, the new name takes its place.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation import git
from operation.errors import OperationError
from operation.execution.configuration.yaml_files import read_mapping
from operation.execution.pipelines.offered_use_cases import offer, offering

SHARED = "configuration/configuration.yaml"
BELONGS = "operation/tests/use_cases/{}/belongs.txt"
PLACES = (
    "src/{}",
    "configuration/use_cases/{}.yaml",
    "operation/tests/data_validation/great_expectations/expectations/{}",
    "operation/tests/data_validation/{}",
    "operation/tests/use_cases/{}",
    "docs/data/{}.md",
    "docs/data/{}.svg",
    "docs/data/{}-features.svg",
    "notebooks/{}.ipynb",
)
PAGES = [
    *("*.md", "azure-pipelines/*.md", "configuration/*.md", "docs/*.md", "docs/data/*.md", "docs/how-to/**/*.md"),
    *("docs/media/*.md", "docs/references/*.md", "notebooks/*.md", "operation/**/*.md", "src/*.md"),
]
# The files of these places that the new use case has as well: what names one of them, names the new one.
WRITTEN = (
    *("src/{}/schema.py", "src/{}/use_case.py", "src/{}/data.py", "configuration/use_cases/{}.yaml"),
    *("docs/data/{}.md", "notebooks/{}.ipynb"),
)
README = "README.md"
ANSWERS = {  # what README says of an answer, by task
    "binary": '`{"probabilities": [...], "model_version": "1", "request_id": "..."}`: how likely the event is,',
    "multiclass": '`{"predictions": [...], "probabilities": [...], ...}`: the likeliest class, how likely each is,',
    "regression": '`{"predictions": [...], "model_version": "1", "request_id": "..."}`: the predicted numbers,',
}
INSTALLED = ("setup.py", "environment.yml", "pyproject.toml")
LICENCES = "docs/references/licences.md"
HISTORY = ("CHANGELOG.md",)  # says what was
MARKED = re.compile(
    r"^[ \t]*(?:#|<!--) the example begins(?: -->)?\n.*?^[ \t]*(?:#|<!--) the example ends(?: -->)?\n(?:\n(?=\n|\Z))?",
    re.MULTILINE | re.DOTALL,
)
BETWEEN_BLANK_LINES = re.compile(  # of which one goes, too
    r"(?<=\n\n)<!-- the example begins -->\n.*?^<!-- the example ends -->\n\n", re.MULTILINE | re.DOTALL
)
CODE = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@dataclass(frozen=True)
class Removal:
    """The use case that goes: its name, the files that are deleted, and the new texts of others, by their paths."""

    name: str
    deleted: tuple[str, ...]
    changed: dict[str, str]


def plan_removal(root: Path, name: str) -> Removal:
    """Plan the exchange of the default use case for the new one; reads alone.

    Raises:
        OperationError: there is no default use case, or files that would go have changes that are in no commit.
    """
    old = str(read_mapping(root / SHARED).get("use_case"))
    values = root / PLACES[1].format(old)
    if not values.is_file():
        raise OperationError(f"--replace: {SHARED} names the use case {old!r}, of which nothing is here. Leave it out.")
    places = [place.format(old) for place in PLACES] + _belonging(root, old)
    deleted = tuple(sorted({file for place in places for file in _files(root, place)}))
    _require_committed(root, deleted)
    gone = set(deleted) - {place.format(old) for place in WRITTEN}
    changed = _settings(root, old, name) | _pages(root, deleted, gone, _words(read_mapping(values), old, name))
    changed |= _code(root, deleted) | _packages(root, str(read_mapping(values)["data"]["source"]))
    return Removal(old, deleted, {path: text for path, text in changed.items() if path not in deleted})


def suit_task(changed: Mapping[str, str], task: str) -> dict[str, str]:
    """Return the new texts, in which README says of an answer what it is in the task of the new use case."""
    page = changed.get(README, "")
    for said in ANSWERS.values():
        page = page.replace(said, ANSWERS[task])
    return {**changed, README: page} if page else dict(changed)


def _belonging(root: Path, old: str) -> list[str]:
    """Read what else the use case says belongs to it."""
    file = root / BELONGS.format(old)
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _files(root: Path, place: str) -> Iterator[str]:
    """Yield the files of a place, which is a file or a folder; bytecode is nobody's."""
    path = root / place
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and file.parent.name != "__pycache__":
            yield file.relative_to(root).as_posix()


def _require_committed(root: Path, paths: tuple[str, ...]) -> None:
    """Refuse to delete what git could not bring back."""
    try:
        changed = git.ask(root, "status", "--porcelain", "--", *paths)
    except (OSError, subprocess.CalledProcessError):
        return  # no repository: there is no commit to ask for
    if changed:
        first = changed.splitlines()[0].split(maxsplit=1)[1]
        raise OperationError(f"--replace would delete {first}, of which git has no commit. Commit it first.")


def _settings(root: Path, old: str, name: str) -> dict[str, str]:
    """Make the new use case the default, and offer it in the pipelines in place of the old one."""
    shared = (root / SHARED).read_text(encoding="utf-8")
    found = {SHARED: re.sub(rf"^use_case:\s*(['\"]?){old}\1(?!\w)", f"use_case: {name}", shared, flags=re.MULTILINE)}
    return found | {path.relative_to(root).as_posix(): offer(text, name, (old,)) for path, text in offering(root)}


def _words(values: Mapping[str, Any], old: str, name: str) -> dict[str, str]:
    """Return what takes the place of the old names: of its model, of its experiment, and its own."""
    return {str(values.get("model", old)): name, str(values.get("experiment", old)): name, old: name}


def _pages(root: Path, deleted: tuple[str, ...], gone: set[str], words: Mapping[str, str]) -> dict[str, str]:
    """Return the pages without what is about the old use case, and with the new name where they named it.

    `gone` are the deleted files that have no counterpart of the new name.
    """
    found = {}
    for page in sorted({page for pattern in PAGES for page in root.glob(pattern)}):
        path = page.relative_to(root).as_posix()
        text = page.read_text(encoding="utf-8")
        if path in HISTORY or path in deleted:
            continue
        lines = _unmarked(BETWEEN_BLANK_LINES.sub("", text)).splitlines(keepends=True)
        new = _unlinked("".join(_kept(lines, page, root, gone)), page, root, gone)
        for word, other in words.items():
            new = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", other, new)
        if new != text:
            found[path] = f"{new.rstrip()}\n"  # what stood at the end leaves no blank line there
    return found


def _kept(lines: Sequence[str], page: Path, root: Path, gone: set[str]) -> Iterator[str]:
    """Yield the lines that are not about what goes; an item of a list goes with the lines that continue it."""
    going = False
    for line in lines:
        going = _is_of(line, page, root, gone) or (going and line.startswith("  "))
        if not going:
            yield line


def _is_of(line: str, page: Path, root: Path, gone: set[str]) -> bool:
    """Whether a line of a table or a list is about what goes: it names files of it alone, or an argument of its own."""
    if not line.startswith(("| ", "* ", "- ")):
        return False
    if line.startswith("| `preparation."):
        return True
    code = CODE.findall(line)
    named = {*code, *(_path(page, name, root) for name in (*code, *(target for _, target in LINK.findall(line))))}
    files = [path in gone for path in named if (root / path).is_file()]
    return bool(files) and all(files)


def _unlinked(text: str, page: Path, root: Path, gone: set[str]) -> str:
    """Return the text with plain words where links led to what goes."""
    return LINK.sub(lambda link: link[1] if _path(page, link[2], root) in gone else link[0], text)


def _path(page: Path, target: str, root: Path) -> str:
    """Return the path, from the root, of what a page names by its place beside it."""
    return Path(os.path.relpath(page.parent / target, root)).as_posix()


def _code(root: Path, deleted: tuple[str, ...]) -> dict[str, str]:
    """Return the code without what is marked."""
    found = {}
    for file in (root / "noxfile.py", *sorted((root / "operation").rglob("*.py"))):
        path = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8") if path not in deleted else ""
        if (new := _unmarked(text)) != text:
            found[path] = f"{new.rstrip()}\n"  # what stood at the end leaves no blank line there
    return found


def _unmarked(text: str) -> str:
    return MARKED.sub("", text) if "the example begins" in text else text


def _packages(root: Path, source: str) -> dict[str, str]:
    """Return what is installed, and its licences, without the package that the old data came in, if it was one."""
    pinned = re.compile(rf"^{re.escape(source)}==", re.MULTILINE)
    locks = (lock.read_text(encoding="utf-8") for lock in root.glob("*.lock"))
    if (root / source).exists() or not any(map(pinned.search, locks)):
        return {}
    found = {}
    requirement = re.compile(rf"^[ \t]*(?:- |\"|\| `)?{re.escape(source)}\b.*\n(?:    --hash.*\n)*", re.MULTILINE)
    for path in (*INSTALLED, LICENCES, *(lock.name for lock in root.glob("*.lock"))):
        text = (root / path).read_text(encoding="utf-8") if (root / path).is_file() else ""
        if (new := requirement.sub("", text)) != text:
            found[path] = new
    return found
