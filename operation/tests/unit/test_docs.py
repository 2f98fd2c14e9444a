"""What the documentation names exists: links, paths, verbs with their options, nox sessions and configuration keys."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from invoke.collection import Collection
from invoke.parser.context import ParserContext
from nox import registry
from pydantic import BaseModel

import noxfile
import tasks
from operation.execution.configuration.declared import (
    GATE,
    SECTIONS,
    SPLIT,
    configuration_model,
    in_section,
    parameters,
)
from operation.execution.configuration.script_parameters import Parameter
from operation.tests.parcels import own_scripts
from operation.tools import TOOLS

pytestmark = pytest.mark.unmeasured
ROOT = Path(tasks.__file__).parent
TEMPLATES = (".azuredevops", ".github")  # of issues and pull requests
ROOMS = ("azure-pipelines", "configuration", "docs", "notebooks", "operation", "src", "tools")
# What names what is no more, as the use case that `invoke new --replace` took the place of.
HISTORY = {ROOT / "CHANGELOG.md", *(ROOT.joinpath("tools", tool, "CHANGELOG.md") for tool in TOOLS)}
HISTORY |= {*(ROOT / "docs" / "decisions").glob("*.md")}
DELETED = [ROOT / "tools" / tool for tool in TOOLS if not ROOT.joinpath("tools", tool, "pyproject.toml").is_file()]
PAGES = sorted(
    {*ROOT.glob("*.md"), *(page for room in (*ROOMS, *TEMPLATES) for page in (ROOT / room).rglob("*.md"))} - HISTORY
)
FROM_THE_USE_CASE = {"evaluation.resample_by": "TOGETHER", "evaluation.slices": "SLICED_BY"}
KEYS_PAGE = ROOT / "docs" / "how-to" / "TemplateDocumentation.md"

SOURCE_SUFFIXES = (".py", ".md", ".yml", ".yaml", ".toml", ".lock")
NOT_IN_THE_REPOSITORY = (
    "/",
    "outputs/",
    ".nox/",
    ".venv",
    "model_card.",
)  # routes of a service; what runs and set-up make
PROGRAMS = r"(?:invoke|tasks\.py|nox|noxfile\.py|conda|pip|git)"

Check = Callable[[str, Path], list[str]]


def fences_and_rest(text: str) -> tuple[str, str]:
    fence = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
    return "\n".join(fence.findall(text)), fence.sub("", text)


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and Azure DevOps make them."""
    headings = re.findall(r"^#+ (.+)$", fences_and_rest(text)[1], re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def in_a_deleted_tool(path: Path) -> bool:
    """Whether the path leads into a tool that this clone does not have, which a team may delete."""
    target = Path(os.path.normpath(path))
    return any(target.is_relative_to(folder) for folder in DELETED)


def dead_links(text: str, page: Path) -> list[str]:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", fences_and_rest(text)[1]):
        name, _, anchor = link.partition("#")
        if name.startswith(("http://", "https://")):
            continue
        target = page.parent / name if name else page
        if in_a_deleted_tool(target):
            continue
        if not target.exists() or (anchor and anchor not in slugs(target.read_text(encoding="utf-8"))):
            dead.append(link)
    return dead


def expanded(pattern: str) -> list[str]:
    """`a/{b,c}.py` as a/b.py and a/c.py."""
    parts = [part.split(",") for part in re.split(r"[{}]", pattern)]
    return ["".join(words) for words in product(*parts)]


def missing_paths(text: str, page: Path) -> list[str]:
    spans = re.findall(r"`([\w./*{},-]+)`", fences_and_rest(text)[1])
    paths = [path for span in spans for path in expanded(span) if "/" in span or span.endswith(SOURCE_SUFFIXES)]
    return [path for path in paths if not path.startswith(NOT_IN_THE_REPOSITORY) and not exists(path, page)]


def exists(path: str, page: Path) -> bool:
    """Whether the path exists in the repository, from its root, the page, or a tool's package; a bare name anywhere."""
    if in_a_deleted_tool(ROOT / path) or any(is_named(room, path) for room in ROOMS):
        return True
    bases = [ROOT, page.parent, *page.parent.glob("src/*")]
    return any(any(base.glob(path.rstrip("/"))) for base in bases)


def is_named(room: str, name: str) -> bool:
    """Whether a file or folder in a room has the name, which may be a pattern."""
    return name in names(room) or ("*" in name and any(fnmatchcase(each, name) for each in names(room)))


@cache
def names(room: str) -> frozenset[str]:
    """The names of all files and folders in a room, read once: pages name hundreds."""
    return frozenset(path.name for path in (ROOT / room).rglob("*"))


@cache
def collection() -> Collection:
    return Collection.from_module(tasks)


def commands(text: str, programs: str) -> Iterator[str]:
    """What follows one of `programs` in each line's code, up to the next program; two spaces part pieces of code."""
    fenced, rest = fences_and_rest(text)
    lines = [*fenced.splitlines(), *("  ".join(re.findall(r"`([^`]+)`", line)) for line in rest.splitlines())]
    for line in lines:
        for command in re.split(rf"(?<!\S)(?={PROGRAMS} )", line):
            if found := re.match(rf"{programs} (\S.*)", command):
                yield found[1]


def unknown_verbs(text: str, page: Path) -> list[str]:
    verbs = collection()
    unknown = []
    for command in commands(text, r"(?:invoke|tasks\.py)"):
        name = re.match(r"[a-z]+", command)
        if not name:  # `invoke --list`, or VERB
            continue
        if name[0] not in verbs.task_names:
            unknown.append(name[0])
            continue
        context = ParserContext(args=verbs[name[0]].get_arguments())
        flags = {"--help", *context.flags, *context.inverse_flags}
        unknown += [flag for flag in re.findall(r"(?<!\S)--[a-z-]+", command) if flag not in flags]
    return unknown


def unknown_sessions(text: str, page: Path) -> list[str]:
    assert noxfile.__doc__  # importing it has filled the registry
    names = [re.match(r"-s((?: [a-z]\w*)*)", command) for command in commands(text, r"(?:nox|noxfile\.py)")]
    return [name for found in names if found for name in found[1].split() if name not in registry.get()]


def keys_of(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        annotations = (field.annotation, *get_args(field.annotation))
        below = [each for each in annotations if isinstance(each, type) and issubclass(each, BaseModel)]
        for each in below:
            yield from keys_of(each, f"{prefix}{name}.")
        if not below:
            yield prefix + name


def documented_keys(text: str) -> set[str]:
    section = re.search(r"^## Configuration\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^\| `([\w.]+)` \|", section[1], re.MULTILINE)) if section else set()


CHECKS = [dead_links, missing_paths, unknown_verbs, unknown_sessions]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_what_a_page_names_exists(page: Path, check: Check) -> None:
    assert check(page.read_text(encoding="utf-8"), page) == []


def not_of_a_use_case(keys: Iterable[str]) -> set[str]:
    """The keys but those of the section preparation, which each use case declares for itself."""
    return {key for key in keys if not key.startswith("preparation.")}


def test_every_configuration_key_is_documented_and_no_other() -> None:
    keys = keys_of(configuration_model("parcels", own_scripts()))
    assert not_of_a_use_case(documented_keys(KEYS_PAGE.read_text(encoding="utf-8"))) == not_of_a_use_case(keys)


def row(key: str, parameter: Parameter) -> str:
    """The line of documentation on a key that a core script declares."""
    kinds = {int: "whole number", float: "number", str: "text", date: "day"}
    bounds = [f"{name.replace('_', ' ')} {bound}" for name, bound in parameter.bounds.items()]
    values = ", ".join(f"`{each}`" for each in parameter.choices) or ", ".join([kinds[parameter.kind], *bounds])
    values = parameter.forms or values
    default = ", ".join(parameter.default) if parameter.several else parameter.default
    default = "that of the use case" if key in FROM_THE_USE_CASE else default
    meaning = parameter.help.removesuffix(" (%(default)s)")
    return f"| `{key}` | {'list of ' if parameter.several else ''}{values} | {default} | {meaning} |"


def test_the_documentation_of_a_parameter_says_what_the_parser_of_its_script_says() -> None:
    declared = {section: parameters(own_scripts(), script, "parcels") for section, script in SECTIONS.items()}
    keys = {f"split.{key}": declared["preparation"][name] for key, name in SPLIT.items()}
    keys |= {
        f"{section}.{name}": each for section, found in declared.items() for name, each in in_section(found).items()
    }
    keys |= {f"gate.{name}": declared["evaluation"][name] for name in GATE}
    table = re.search(
        r"^\| key \| value \|.*\n\|[-|]+\n((?:\|.*\n)+)", KEYS_PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert table is not None
    lines = [line for line in table[1].splitlines() if not line.startswith("| `preparation.")]
    assert lines == [row(key, keys[key]) for key in keys if key in not_of_a_use_case(keys)]


@pytest.mark.parametrize(
    ("check", "text", "found"),
    [
        (dead_links, "[a](nowhere.md)", ["nowhere.md"]),
        (dead_links, "[a](README.md#no-such-heading)", ["README.md#no-such-heading"]),
        (missing_paths, "`src/{train,trane}.py`", ["src/trane.py"]),
        (missing_paths, "`trane.py`", ["trane.py"]),
        (unknown_verbs, "```\npython tasks.py fly --plan\n```", ["fly"]),
        (unknown_verbs, "| `invoke data` | brings | `--force`, `--fast` |", ["--fast"]),
        (unknown_sessions, "`nox -s unit parcels -- -k gate`", ["parcels"]),
    ],
    ids=["link", "anchor", "path", "bare-name", "verb", "option", "session"],
)
def test_what_does_not_exist_is_found(check: Check, text: str, found: list[str]) -> None:
    assert check(text, ROOT / "README.md") == found
