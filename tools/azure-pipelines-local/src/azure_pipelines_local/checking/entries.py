"""Find the pipelines of a repository, and the files to check with them."""

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.documents.nodes import Node
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from azure_pipelines_local.expansion.entry import declared_repositories, entry_within
from azure_pipelines_local.rules.unused_files import references

FILES = ("azure-pipelines", ".azure-pipelines")  # in the root, with either ending
FOLDERS = ("azure-pipelines", ".azure-pipelines", ".pipelines", ".azuredevops")
MIXED = ".azuredevops"  # which holds other things, too
ENDINGS = (".yml", ".yaml")
KEYS = ("stages", "jobs", "steps", "extends", "variables", "trigger", "pr", "schedules", "resources", "pool")


@dataclass(frozen=True)
class Found:
    """The entry pipelines, and the documents of all files to look at; `errors` are those that cannot be read."""

    entries: list[str]
    documents: Mapping[str, Node]
    errors: list[PipelineError]


def find(root: Path, given: Sequence[str] = ()) -> Found:
    """Find the pipelines that are given, as files or as folders of them, else all in the usual places.

    Raises:
        PipelinesLocalError: there is none, or what is given is not there.
    """
    named = [_named(root, each) for each in given]
    folders = [each for each in named if (root / each).is_dir()] if given else list(FOLDERS)
    candidates = [name for each in named for name in _candidates(root, each)] if given else list(_usual(root))
    reader = _Reader(root)
    reader.read_all([*candidates, *(name for folder in folders for name in _files(root, root / folder, "**/*"))])
    reader.leave_out_data()
    templates = {name for file, document in reader.documents.items() for name in _referenced(file, document)}
    entries = [name for name in dict.fromkeys(candidates) if name in named or reader.is_entry(name, templates)]
    if not entries:
        raise PipelinesLocalError(_none(root, given))
    return Found(entries, dict(sorted(reader.documents.items())), reader.errors)


def refuse_undeclared(root: Path, given: Sequence[str], repositories: Collection[str]) -> None:
    """Refuse the name of a repository that none of these pipelines, nor a template of theirs here, declares.

    Raises:
        PipelinesLocalError: there is such a name.
    """
    documents = find(root, given).documents.values()
    declared = {name for each in documents if isinstance(each, nodes.Mapping) for name in declared_repositories(each)}
    known = {name.lower() for name in declared}
    unknown = [name for name in repositories if name.lower() not in known]
    # A template of another repository may declare more, and is read when a pipeline is expanded.
    if unknown and len(unknown) == len(repositories):
        where = ", ".join(given) or "a pipeline"
        names = f"declared: {', '.join(sorted(declared))}" if declared else "none is declared"
        raise PipelinesLocalError(f"--repository {unknown[0]}: {where} declares no such repository; {names}.")


def _none(root: Path, given: Sequence[str]) -> str:
    if given:
        return f"There is no pipeline to check in {', '.join(given)}: a folder has its pipelines directly in it."
    places = f"azure-pipelines.yml, or files directly in {', '.join(f'{each}/' for each in FOLDERS)},"
    return f"There is no pipeline to check in {root}: {places} are expected. Or name the files."


def _named(root: Path, path: str) -> str:
    """Find what is given, from the root of the repository; raises PipelinesLocalError if it is not there."""
    name = entry_within(root, path)
    if not (root / name).exists():
        raise PipelinesLocalError(f"There is no file or folder {path} in {root}.")
    return name


def _candidates(root: Path, name: str) -> list[str]:
    return _files(root, root / name, "*") if (root / name).is_dir() else [name]


def _usual(root: Path) -> Iterator[str]:
    yield from (f"{name}{ending}" for name in FILES for ending in ENDINGS if (root / f"{name}{ending}").is_file())
    for folder in FOLDERS:
        yield from _files(root, root / folder, "*")


def _files(root: Path, folder: Path, pattern: str) -> list[str]:
    """List the YAML files below the folder; names that begin with a dot are settings, such as `.rules.yaml`."""
    found = (each for ending in ENDINGS for each in folder.glob(f"{pattern}{ending}"))
    return sorted(each.relative_to(root).as_posix() for each in found if not each.name.startswith("."))


def _referenced(file: str, document: Node) -> Iterable[str]:
    return references(document, posixpath.dirname(file))


class _Reader:
    """Read files, and the templates that they lead to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents: dict[str, Node] = {}
        self.errors: list[PipelineError] = []

    def read_all(self, names: Iterable[str]) -> None:
        left, seen = list(names), set[str]()
        while left:
            name = left.pop(0)
            if name in seen or not (self.root / name).is_file():
                continue
            seen.add(name)
            try:
                self.documents[name] = yaml_reader.read(self.root / name, name)
                left += _referenced(name, self.documents[name])
            except PipelineError as error:
                self.errors.append(error)

    def leave_out_data(self) -> None:
        """Forget files that end in `.yaml` and have nothing of a pipeline: data that lie beside pipelines."""
        for name, document in list(self.documents.items()):
            if name.endswith(".yaml") and isinstance(document, nodes.Mapping) and not _has_keys(document):
                del self.documents[name]

    def is_entry(self, name: str, templates: set[str]) -> bool:
        """Return whether a file is a pipeline of its own: no other includes it, nor does it look like a template."""
        document = self.documents.get(name)
        if name in templates or (document is None and not any(error.place.file == name for error in self.errors)):
            return False
        if not isinstance(document, nodes.Mapping):
            return True  # which is its fault
        if isinstance(document.find("parameters"), nodes.Mapping):  # the old form, of templates alone
            return False
        return not name.startswith(f"{MIXED}/") or _has_keys(document)


def _has_keys(document: nodes.Mapping) -> bool:
    """Return whether it has a key of pipelines or templates; what has none may be data of something else."""
    return any(document.find(key) is not None for key in KEYS)
