"""Where versions of the template come from: a git remote, the path of a repository or bundle, or an archive."""

import re
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operation.errors import OperationError
from operation.execution.template.store import Store, Tree, refuse

NOTE = ".template.yaml"
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip")
IN_NOTE = re.compile(r"^version:\s*['\"]?(\d+\.\d+\.\d+)", re.MULTILINE)
IN_SETUP = re.compile(r"\bversion=\"(\d+\.\d+\.\d+)\"")
TEMPLATE = 'name="azure-mlops-template"'  # in the setup.py of a version that had no note yet


@dataclass(frozen=True)
class Version:
    """A version of the template: its tag, and the commit in the store that has its files."""

    tag: str
    commit: str

    @property
    def number(self) -> str:
        """Return the version without the letter of its tag."""
        return self.tag.removeprefix("v")


@dataclass(frozen=True)
class Source:
    """The template at `place`, with the commits of its versions by their tags; the newest comes last."""

    place: str
    commits: dict[str, str]

    def find(self, asked: str) -> Version:
        """Return the version of that tag, with or without its v; the newest if none is asked for.

        Raises:
            OperationError: there is no such tag, or none at all.
        """
        if not self.commits:
            raise OperationError(f"The template at {self.place} has no tag such as v0.1.0. Give another --source.")
        tag = asked or list(self.commits)[-1]
        for name in (tag, f"v{tag}"):
            if name in self.commits:
                return Version(name, self.commits[name])
        raise OperationError(
            f"The template at {self.place} has no tag {asked}. Choose one of: {', '.join(self.commits)}."
        )

    def holds(self, asked: str) -> bool:
        """Whether there is a version of that tag."""
        return bool({asked, f"v{asked}"} & self.commits.keys())


def open_source(store: Store, place: str, known: Iterable[str] = ()) -> Source:
    """Fetch the versions that are at `place` into the store; `known` are archives of others, for comparison.

    Raises:
        OperationError: nothing is there, or it is neither a repository nor an archive of this template.
    """
    commits: dict[str, str] = {}
    for each in (place, *known):
        path = Path(each)
        if path.is_file() and path.name.endswith(ARCHIVES):
            commits |= _of_archive(store, path)
        else:
            commits |= _of_repository(store, str(path.resolve()) if path.exists() else each)
    return Source(place, dict(sorted(commits.items(), key=lambda item: order(item[0]))))


def order(tag: str) -> tuple[int, ...]:
    """Return the numbers of a tag, by which versions are sorted."""
    found = VERSION.fullmatch(tag)
    return tuple(map(int, found.groups())) if found else ()


def version_of(note: str, setup: str) -> str:
    """Return the version that a tree says it is, by its note or the setup.py of a version without; "" if by none."""
    found = IN_NOTE.search(note) or (IN_SETUP.search(setup) if TEMPLATE in setup else None)
    return found[1] if found else ""


def _of_repository(store: Store, address: str) -> dict[str, str]:
    # The history comes along: where the adopted repository shares it, it says best what was changed here.
    done = store.run("fetch", "--quiet", "--no-tags", "--update-shallow", "--", address, "refs/tags/*:refs/tags/*")
    if done.returncode:
        refuse(f"Reading the template at {address}", done.stderr)
    tags = store.ask("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").split()
    return {tag: store.ask("rev-parse", f"refs/tags/{tag}^{{commit}}") for tag in tags if VERSION.fullmatch(tag)}


def _of_archive(store: Store, archive: Path) -> dict[str, str]:
    """Unpack an archive; raises OperationError if it is damaged, or holds neither a repository nor this template."""
    folder = store.beside / f"unpacked-{archive.name}"
    try:
        if archive.suffix == ".zip":
            _unzip(archive, folder)
        else:
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else "it ends too early"
        raise OperationError(f"{archive} cannot be unpacked: {said.rstrip(':')}. Fetch it again.") from error
    inside = list(folder.iterdir())
    root = inside[0] if len(inside) == 1 and inside[0].is_dir() and inside[0].name != ".git" else folder
    if (root / ".git").exists() or (root / "HEAD").is_file():
        return _of_repository(store, str(root))
    number = version_of(*(_read(root / name) for name in (NOTE, "setup.py")))
    if not number:
        raise OperationError(f"{archive} is not a version of this template: it has no {NOTE}. Choose another --source.")
    return {f"v{number}": _import_folder(store, root)}


def _import_folder(store: Store, folder: Path) -> str:
    """Commit the files of a folder to the store."""
    index = {"GIT_INDEX_FILE": str(store.folder / "index-of-an-archive"), "GIT_WORK_TREE": str(folder)}
    store.ask("add", "--all", "--force", "--", str(folder), variables=index)
    tree: Tree = store.read_tree(store.ask("write-tree", variables=index))
    return store.commit(tree)


def _unzip(archive: Path, folder: Path) -> None:
    """Unpack with the modes of files, which zipfile leaves out."""
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            path = Path(packed.extract(member, folder))
            if mode := member.external_attr >> 16 & 0o777:
                path.chmod(mode)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
