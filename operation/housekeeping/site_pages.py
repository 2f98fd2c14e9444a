"""Gather the pages of the documentation site: where each stands in it, its text, and the sidebar. Pure but for reading.

The pages are the Markdown files of the repository, which people also read on GitHub or in Azure DevOps. So this makes
the places and links of the site, and no page holds markup that only the site understands.
"""

import ast
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import yaml

from operation.errors import OperationError

CONTENTS = "docs/contents.yaml"
HOME, OVERVIEW, CODE = "docs/README.md", "README.md", "docs/code/README.md"
HOME_ENDS = "<!-- the home page of the site ends here -->\n"  # in README.md: what stands before it is said there alone
PATTERNS = (
    *("*.md", "docs/**/*.md", "azure-pipelines/**/*.md", "configuration/**/*.md", "notebooks/**/*.md"),
    *("operation/**/*.md", "src/**/*.md", "tools/*/*.md", "tools/*/docs/**/*.md", "tools/*/src/**/*.md"),
)
PLACES = {HOME: "index.md", OVERVIEW: "overview.md"}
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
ELSEWHERE = ("http://", "https://", "mailto:")
ANY = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Site:
    """The pages of the repository at `root`: the place of each in the site, by its path; and the sidebar's groups.

    Paths and places are relative and have forward slashes. `below` has, by the path of a folder's page, the pages that
    hang below it.
    """

    root: Path
    places: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    below: dict[str, tuple[str, ...]]


def gather(root: Path) -> Site:
    """Find the pages and their order.

    Raises:
        OperationError: docs/contents.yaml cannot be read, names a page that is not there, or leaves one out.
    """
    found = sorted({file.relative_to(root).as_posix() for each in PATTERNS for file in root.glob(each)})
    paths = [path for path in found if not _in_deleted_tool(root, path)]
    groups = _groups(root, paths)
    below = _hanging(paths, {path for group in groups.values() for path in group})
    left = set(paths) - {HOME} - {path for each in (*groups.values(), *below.values()) for path in each}
    if left:
        raise OperationError(f"{min(left)} is in no group of {CONTENTS}. Add it to one.")
    return Site(root, {path: place(path) for path in paths}, groups, below)


def place(path: str) -> str:
    """Return where a page stands in the site: docs/ is its root, and the page of a folder is its index."""
    if path in PLACES:
        return PLACES[path]
    inside = PurePosixPath(path).relative_to("docs") if path.startswith("docs/") else PurePosixPath(path)
    return str(inside.with_name("index.md") if inside.name == "README.md" else inside)


def texts(site: Site) -> dict[str, str]:
    """Return the text of every page, by its place in the site; the home page begins with the beginning of README.md.

    Raises:
        OperationError: a link leads nowhere, or README.md does not say where its beginning ends.
    """
    written = {site.places[path]: _text(site, path) for path in site.places}
    first = rewrite(site, OVERVIEW, _readme(site.root)[0], "index.md")
    sidebar = "".join(_toctree(site, HOME, pages, caption) for caption, pages in site.groups.items())
    return written | {"index.md": f"{first}\n{written['index.md']}\n{sidebar}"}


def _text(site: Site, path: str) -> str:
    """Return a page's text; its lines keep their numbers, so that messages about them are right."""
    text = (site.root / path).read_text(encoding="utf-8")
    if path == OVERVIEW:
        first, rest = _readme(site.root)
        text = "# Overview\n" + "\n" * first.count("\n") + rest
    if path == HOME:
        text = re.sub(r"\A# .*\n", "", text)
    below = _toctree(site, path, site.below[path]) if site.below.get(path) else ""
    return rewrite(site, path, text, site.places[path]) + below + (_code(site.root) if path == CODE else "")


def packages(root: Path) -> list[str]:
    """Return the paths of the files and folders whose docstrings are the pages in code/: all code but tests."""
    scripts = [root / "tasks.py", root / "noxfile.py", *sorted((root / "src").glob("*.py"))]
    folders = [*(root / "src").glob("*/__init__.py"), *root.glob("tools/*/src/*/__init__.py")]
    ordered = [*sorted(each.parent for each in folders), root / "operation", *scripts]
    return [each.relative_to(root).as_posix() for each in ordered]


def _code(root: Path) -> str:
    """Return the list of the packages, each with the first line of its docstring, and their place in the sidebar."""
    named = {PurePosixPath(path).stem: root / path for path in packages(root)}
    lines = [f"* [`{name}`]({name}/{name}.md): {_first_line(path)}" for name, path in named.items()]
    tree = ["```{toctree}", ":hidden:", "", *(f"{name}/{name}" for name in named), "```"]
    return "\n".join(["", *lines, "", *tree, ""])


def _first_line(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0]


def _readme(root: Path) -> tuple[str, str]:
    first, mark, rest = (root / OVERVIEW).read_text(encoding="utf-8").partition(HOME_ENDS)
    if not mark:
        raise OperationError(
            f"{OVERVIEW} must have the line {HOME_ENDS.strip()} behind what the home page begins with."
        )
    return first, rest


def rewrite(site: Site, path: str, text: str, at: str) -> str:
    """Return a page's text with links that lead to the same from its place `at` in the site.

    Raises:
        OperationError: a link leads nowhere; the message has the page and the line.
    """
    done = []
    line = 1
    for piece in FENCED.split(text):
        done.append(piece if piece.startswith("```") else _rewrite_piece(site, path, piece, at, line))
        line += piece.count("\n")
    return "".join(done)


def _is_history(path: str) -> bool:
    return path.endswith("CHANGELOG.md") or path.startswith("docs/decisions/")


def _rewrite_piece(site: Site, path: str, text: str, at: str, line: int) -> str:
    def replaced(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        words = LINK.sub(replaced, words) if "](" in words else words
        if target.startswith((*ELSEWHERE, "#")):
            return f"[{words}]({target})"
        leads = _resolve(site, path, target, at)
        if leads is None and _is_history(path):  # which may name what is gone since
            return words
        if leads is None:
            number = line + text.count("\n", 0, found.start())
            raise OperationError(f"{path}:{number}: the link {target} leads nowhere. Correct it, or take it out.")
        return f"[{words}]({leads})" if leads else words

    return LINK.sub(replaced, text)


def _resolve(site: Site, path: str, target: str, at: str) -> str | None:
    """Return where a link leads from `at`; "" to a folder without a page, which no site can show; None if nowhere."""
    named, (_, mark, anchor) = _named(path, target), target.partition("#")
    for page in (named, f"{named}/README.md"):
        if page in site.places:
            return _relative(site.places[page], at) + mark + anchor
    file = site.root / named
    if file.is_dir() or _in_deleted_tool(site.root, named):
        return ""
    if not file.is_file():
        return None
    return _relative(_place_of_file(named), at)


def _named(path: str, target: str) -> str:
    """Return the path, from the root, that a link of a page names."""
    return os.path.normpath(PurePosixPath(path).parent / target.partition("#")[0]).replace(os.sep, "/")


def _place_of_file(path: str) -> str:
    """Return where a linked file that is not a page stands in the site."""
    return path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path}"


def linked_files(site: Site) -> dict[str, str]:
    """Return the places of the files that pages link or show and that are not pages, by their paths."""
    found = {}
    for path in site.places:
        for piece in FENCED.split((site.root / path).read_text(encoding="utf-8")):
            for target in [] if piece.startswith("```") else _targets(piece):
                named = _named(path, target)
                if named not in site.places and (site.root / named).is_file():
                    found[named] = _place_of_file(named)
    return found


def _targets(text: str) -> Iterator[str]:
    for words, target in LINK.findall(text):
        yield from _targets(words)
        if not target.startswith((*ELSEWHERE, "#")):
            yield target


def _relative(to: str, at: str) -> str:
    return os.path.relpath(to, PurePosixPath(at).parent).replace(os.sep, "/")


def _in_deleted_tool(root: Path, path: str) -> bool:
    """Say whether a path leads into the folder of a tool that a team has deleted."""
    parts = PurePosixPath(path).parts
    return len(parts) > 2 and parts[0] == "tools" and not (root / "tools" / parts[1] / "pyproject.toml").is_file()


def _groups(root: Path, paths: list[str]) -> dict[str, tuple[str, ...]]:
    try:
        read = yaml.safe_load((root / CONTENTS).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise OperationError(f"{CONTENTS} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(read, Mapping) or not all(isinstance(each, list) for each in read.values()):
        raise OperationError(f"{CONTENTS} must have groups, each a list of pages.")
    named = [f"{each}.md" for group in read.values() for each in group if not ANY.search(str(each))]
    if missing := sorted({*named, HOME} - {*paths}):
        raise OperationError(f"{CONTENTS} names {missing[0]}, which is not there. Correct the name, or take it out.")
    if twice := sorted({each for each in named if named.count(each) > 1}):
        raise OperationError(f"{CONTENTS} names {twice[0]} twice. Take one out.")
    taken = {HOME, *named}
    return {str(caption): tuple(_group(paths, group, taken)) for caption, group in read.items()}


def _group(paths: list[str], entries: list[str], taken: set[str]) -> Iterator[str]:
    """Yield the pages of a group; what a pattern matches goes to the first that does, and is `taken` then."""
    for entry in (f"{each}.md" for each in entries):
        if not ANY.search(entry):
            yield entry
            continue
        for path in paths:
            if path not in taken and path.count("/") == entry.count("/") and fnmatchcase(path, entry):
                taken.add(path)
                yield path


def _hanging(paths: list[str], grouped: set[str]) -> dict[str, tuple[str, ...]]:
    """Hang each page that is in no group below the nearest page of a folder above it, but for the home page."""
    found: dict[str, tuple[str, ...]] = {}
    for path in paths:
        above = _above(path, paths)
        if path not in grouped and path != HOME and above:
            found[above] = (*found.get(above, ()), path)
    return found


def _above(path: str, paths: list[str]) -> str:
    folder = PurePosixPath(path).parent
    folders = [*([folder] if not path.endswith("README.md") else []), *folder.parents]
    pages = [f"{each}/README.md" for each in folders]
    return next((page for page in pages if page in paths and page not in (HOME, OVERVIEW)), "")


def _toctree(site: Site, path: str, pages: tuple[str, ...], caption: str = "") -> str:
    """Return the directive that puts the pages into the sidebar below a page, and shows nothing in it."""
    at = site.places[path]
    lines = [_relative(site.places[page], at).removesuffix(".md") for page in pages]
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["\n```{toctree}", *options, "", *lines, "```", ""]) if lines else ""
