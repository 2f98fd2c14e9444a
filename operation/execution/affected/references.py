"""Which file uses which, read from the code without running it: imports, conftest files, and files that code names.

Only today's tree is read, with the deleted files in it. That is enough: if a chain from a test to a changed file is not
in today's tree, some file on that chain has changed, too, and the first one that did is still at the end of a chain.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

PARCELS = "operation/tests/parcels/src/"  # where the tests' own use case is imported from
TOKEN = re.compile(r"[\w./-]+")
REPEATED = re.compile(r"/(?:\.?/)+")  # a/./b and a//b are a/b
INIT, CONFTEST = "__init__.py", "conftest.py"
SCRIPTS = "src"  # a script there is run by its bare name
TESTS = "operation/tests/"
# What these name they do not run: of the sessions of noxfile.py, SESSIONS says what they start.
LEAVES = (
    *("noxfile.py", "operation/execution/affected/reads.py", "operation/execution/affected/sessions.py"),
    "operation/tests/integration/execution/affected/test_repository.py",
)
RUN = ("src/", "operation/")  # where the files are that a process is started from


@dataclass(frozen=True)
class Module:
    """What the code of a file says: what it imports, the words in its texts, its names and what stands behind a dot.

    `readable` is False for a file that is not Python or is gone, of which nobody knows what it uses.
    """

    imports: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    readable: bool = True


@dataclass
class References:
    """The files of a tree, of which each is parsed when it is first asked for."""

    root: Path
    tree: frozenset[str]
    _modules: dict[str, Module] = field(default_factory=dict)
    _uses: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _chains: dict[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)

    def module(self, path: str) -> Module:
        """Parse a file."""
        if path not in self._modules:
            self._modules[path] = read_module(self.root, path)
        return self._modules[path]

    def uses(self, path: str) -> Mapping[str, str]:
        """Return the files that one uses itself, each with how: imports it, names it, is beside it."""
        if path not in self._uses:
            self._uses[path] = {file: how for file, how in self._used(path) if file != path}
        return self._uses[path]

    def chains(self, *starts: str) -> Mapping[str, str]:
        """Map each file that `starts` lead to, and they themselves, to the file before it; of a start, to ""."""
        if starts not in self._chains:
            before = dict.fromkeys(starts, "")
            waiting = list(before)
            for path in waiting:  # which grows meanwhile: the shortest chains come first
                new = [file for file in self.uses(path) if file not in before]
                before |= dict.fromkeys(new, path)
                waiting += new
            self._chains[starts] = before
        return self._chains[starts]

    def _used(self, path: str) -> Iterator[tuple[str, str]]:
        if not path.endswith(".py"):
            return
        module = self.module(path)
        for name in module.words if path not in LEAVES else ():
            yield from ((file, "names") for file in self._named(name, path))
        for name in module.imports:
            yield from ((file, "imports") for file in self._imported.get(name, ()))
        for folder in PurePosixPath(path).parents:
            yield from (
                (file, "is below") for name in (INIT, CONFTEST) if (file := (folder / name).as_posix()) in self.tree
            )

    def _named(self, word: str, path: str) -> Iterator[str]:
        """Yield the files that a word in a text may mean: a path, its end, a module, or a file beside this one."""
        places = {_join(folder, word) for folder in (path.rpartition("/")[0], SCRIPTS, "")}
        named = {*(places & self.tree), *self._imported.get(word, ())} if "." in word else set()
        if "/" in word:
            named |= {file for file in self._by_name.get(word.rpartition("/")[2], ()) if _ends(file, word)}
        # The engine names pages and commands in its messages; what it runs are scripts and modules, and no tests.
        yield from named if path.startswith(TESTS) else filter(_is_run, named)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for file in self.tree:
            found.setdefault(file.rpartition("/")[2], []).append(file)
        return found

    @cached_property
    def _imported(self) -> Mapping[str, set[str]]:
        """Map the dotted names by which files may be imported to those files, with the packages above them."""
        found: dict[str, set[str]] = {}
        for file in self.tree:
            if file.endswith(".py"):
                for root in roots(file):
                    found.setdefault(dotted(file[len(root) :]), set()).add(file)
        return found


def roots(file: str) -> list[str]:
    """List the folders on the import path from which a file may be imported."""
    inside = [root for root in (f"{SCRIPTS}/", PARCELS) if file.startswith(root)]
    if found := re.match(r"tools/[^/]+/(?:src|tests)/", file):
        inside.append(found[0])
    return ["", *inside]


def dotted(path: str) -> str:
    """Return the name that imports give a path, of a package without its `__init__`."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def read_module(root: Path, path: str) -> Module:
    """Read what the code of a file uses; also of a file that cannot be read or parsed."""
    try:
        tree = ast.parse((root / path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return Module(readable=False)
    nodes = _nodes(tree)  # once, for it takes most of the time
    docstrings = {id(node) for node in _docstrings(nodes)}
    imports, words = set[str](), set[str]()
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(_imports(node, PurePosixPath(path).parent.parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words.update(TOKEN.findall(node.value))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    words = {REPEATED.sub("/", word.strip("./")) for word in words}
    return Module(frozenset(imports), frozenset(words), frozenset(names), frozenset(attributes))


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """List a node and all below it; `ast.walk` takes thrice as long, for it looks into every field by its name."""
    nodes = [tree]
    for node in nodes:  # which grows meanwhile
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                nodes.append(value)
            elif isinstance(value, list):
                nodes += [each for each in value if isinstance(each, ast.AST)]
    return nodes


def _imports(node: ast.Import | ast.ImportFrom, package: tuple[str, ...]) -> Iterator[str]:
    """Yield the full names; of `from a import b`, both a and a.b, for b may be a module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            parts = alias.name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))
        return
    above = package[: len(package) - node.level + 1] if node.level else ()
    module = ".".join([*above, *([node.module] if node.module else [])])
    yield module
    yield from (f"{module}.{alias.name}" for alias in node.names)


def _docstrings(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """Yield texts that stand alone: what they name is not used."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _is_run(file: str) -> bool:
    return file.endswith(".py") and file.startswith(RUN) and not file.startswith(TESTS)


def _ends(file: str, word: str) -> bool:
    return file == word or file.endswith(f"/{word}")


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
