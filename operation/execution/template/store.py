"""A temporary repository in which an update is worked out, so that the adopted one stays untouched until it is wanted.

It borrows the objects of the adopted repository, so every commit of that is at hand and nothing is copied.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

from operation import git
from operation.errors import OperationError
from operation.execution.temporary import temporary_folder

OLDEST_GIT = (2, 38)  # the first whose `git merge-tree --write-tree` merges without a work tree
SETTINGS = {  # whatever the user has configured, an update must come out the same for everybody
    "core.quotePath": "false",
    "diff.renames": "true",
    "diff.renameLimit": "0",
    "merge.conflictStyle": "merge",
    "merge.directoryRenames": "true",  # a file that is new in a package which was renamed here goes to its new place
    "merge.renameLimit": "0",
    "merge.renames": "true",
}
OURS = {  # who writes the commits that never leave the store
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "invoke template"), ("EMAIL", "template@localhost"), ("DATE", "2000-01-01T00:00:00Z"))
}
UNION = "CHANGELOG.md merge=union\n"  # both sides add to it, at the same place


class Entry(NamedTuple):
    """What stands at a path: its mode, as git writes it, and the id of its content."""

    mode: str
    blob: str


Tree = dict[str, Entry]


@dataclass(frozen=True)
class Store:
    """The temporary repository in `folder`."""

    folder: Path

    @property
    def beside(self) -> Path:
        """Return the folder for files: git would take one in the repository itself for a part of that."""
        return self.folder.parent

    def run(
        self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git here, and return what it printed, whatever its exit code."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        environment = {**git.environment(), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", **(variables or {})}
        command = ["git", *settings, *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, input=given, capture_output=True, check=False)

    def ask(self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        """Return what git prints; raises OperationError with its words if it fails."""
        done = self.run(*arguments, given=given, variables=variables)
        if done.returncode:
            refuse(f"git {arguments[0]}", done.stderr)
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def read_tree(self, name: str) -> Tree:
        """List the files of a commit or tree."""
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", name)
        if listed.returncode:
            refuse(f"git ls-tree {name}", listed.stderr)
        tree: Tree = {}
        for line in filter(None, listed.stdout.decode("utf-8", "surrogateescape").split("\0")):
            described, _, path = line.partition("\t")
            mode, _, blob = described.split()
            tree[path] = Entry(mode, blob)
        return tree

    def write_tree(self, tree: Tree) -> str:
        """Store the tree, and return its id."""
        lines = "".join(f"{entry.mode} {entry.blob}\t{path}\0" for path, entry in tree.items())
        index = {"GIT_INDEX_FILE": str(self.folder / "index-of-a-tree")}
        (self.folder / "index-of-a-tree").unlink(missing_ok=True)
        self.ask("update-index", "-z", "--index-info", given=_encoded(lines), variables=index)
        return self.ask("write-tree", variables=index)

    def commit(self, tree: Tree, *parents: str) -> str:
        """Store the tree as a commit that serves to merge, and return its id."""
        words = [word for parent in parents for word in ("-p", parent)]
        return self.ask("commit-tree", self.write_tree(tree), *words, "-m", "invoke template", variables=OURS)

    def texts(self, tree: Tree, paths: list[str]) -> dict[str, str | None]:
        """Return the texts of files by their paths; None for anything but UTF-8 text, such as an image."""
        if not paths:
            return {}
        asked = "".join(f"{tree[path].blob}\n" for path in paths)
        stream, found = self.run("cat-file", "--batch", given=asked.encode()).stdout, dict[str, str | None]()
        place = 0
        for path in paths:
            end = stream.index(b"\n", place)
            size = int(stream[place:end].split()[2])
            content = stream[end + 1 : end + 1 + size]
            place = end + size + 2
            found[path] = _decoded(content)
        return found

    def text(self, tree: Tree, path: str) -> str:
        """Return the text of one file; "" if it is not there."""
        return (self.texts(tree, [path])[path] or "") if path in tree else ""

    def write_blobs(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Store the texts, and return their ids by the same keys."""
        folder = self.folder / "texts"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts.values()):
            (folder / str(number)).write_bytes(_encoded(text))
        paths = "".join(f"{folder / str(number)}\n" for number in range(len(texts)))
        printed = self.ask("hash-object", "-w", "--no-filters", "--stdin-paths", given=paths.encode())
        return dict(zip(texts, printed.split(), strict=True))

    def check_out(self, tree: Tree, folder: Path) -> None:
        """Write the files of the tree into the folder."""
        index = {"GIT_INDEX_FILE": str(self.folder / "index-of-a-folder"), "GIT_WORK_TREE": str(folder)}
        folder.mkdir(parents=True, exist_ok=True)
        self.ask("read-tree", self.write_tree(tree), variables=index)
        self.ask("checkout-index", "--all", "--force", variables=index)


@contextmanager
def borrow(repository: Path) -> Iterator[Store]:
    """Make the temporary repository beside the adopted one, and delete it in the end.

    Raises:
        OperationError: git is missing or too old.
    """
    require_git()
    objects = Path(git.ask(repository, "rev-parse", "--path-format=absolute", "--git-path", "objects"))
    with temporary_folder() as place:
        store = Store(place / "store.git")
        store.folder.mkdir()
        store.ask("init", "--quiet", "--bare", ".")
        (store.folder / "objects/info").mkdir(exist_ok=True)
        (store.folder / "objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
        (store.folder / "info").mkdir(exist_ok=True)
        (store.folder / "info/attributes").write_text(UNION, encoding="utf-8")
        yield store


def require_git() -> None:
    """Raise OperationError, with the version that is needed, if git is missing or too old."""
    wanted = ".".join(map(str, OLDEST_GIT))
    try:
        printed = git.ask(Path.cwd(), "--version")
    except FileNotFoundError as error:
        raise OperationError(f"git is not installed. Install git {wanted} or later.") from error
    found = re.search(r"(\d+)\.(\d+)", printed)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        raise OperationError(f"{printed} is too old: invoke template needs git {wanted} or later. Update git.")


def refuse(what: str, printed: bytes) -> NoReturn:
    """Raise OperationError with the words of git, which name the remedy, in one line."""
    said = " ".join(printed.decode("utf-8", "replace").replace("fatal:", " ").split())
    raise OperationError(f"{what} failed: {said or 'git says no reason'}")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decoded(content: bytes) -> str | None:
    try:
        return None if b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return None
