"""Resolve references to template files, and load them."""

import posixpath
from collections.abc import Mapping as Object
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, kind
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.branches_not_taken import check
from azure_pipelines_local.expansion.literals import fold_literals
from azure_pipelines_local.expansion.parameters import Declarations, declarations

MAXIMUM_FILES = 100  # as in Azure Pipelines, nested or not: it was 20 levels before


@dataclass(frozen=True)
class Template:
    """A document, with the parameters that it declares."""

    file: str
    document: Mapping
    declared: Declarations

    def part(self, key: str) -> Node:
        """Return what stands under the key, which must be there."""
        node = self.document.find(key)
        assert node is not None  # noqa: S101  # `inclusion` has seen it
        return node


@dataclass
class Library:
    """The templates in the repository at `root`, and in those of `folders` by the names of `resources.repositories`."""

    root: Path
    folders: Object[str, Path] = field(default_factory=dict)
    repositories: list[str] = field(default_factory=list)  # which the pipeline declares
    loaded: dict[str, Template] = field(default_factory=dict)

    def load(self, reference: Scalar, files: tuple[str, ...]) -> Template:
        """Load the template that the reference names, seen from the last of `files`, which are those that led here.

        Raises:
            PipelineError: it is not there, includes itself, or is more than Azure Pipelines takes.
        """
        file = self._declared(resolve_reference(reference, files[-1]), reference)
        if file in files:
            chain = " -> ".join([*files[files.index(file) :], file])
            raise PipelineError(reference.place, f"templates that include one another in a circle: {chain}.")
        if file not in self.loaded and not _is_file(self._path(file, reference)):
            raise PipelineError(reference.place, missing(file))
        return self.open(file, reference, entry=False)

    def open(self, file: str, reference: Scalar, entry: bool) -> Template:
        """Read and check the file, once."""
        if file not in self.loaded:
            if len(self.loaded) >= MAXIMUM_FILES:
                raise PipelineError(reference.place, f"more than {MAXIMUM_FILES} files in one pipeline.")
            self.loaded[file] = _prepare(yaml_reader.read_text(self._path(file, reference), file), file, entry)
        return self.loaded[file]

    def _path(self, file: str, reference: Scalar) -> Path:
        path, _, repository = file.partition("@")
        if not repository:
            return self.root / path
        folder = next((each for name, each in self.folders.items() if name.lower() == repository.lower()), None)
        if folder is None:
            message = f"templates of the repository {repository!r} are not supported without a folder of it"
            remedy = f"nothing is fetched. Give --repository {repository}=FOLDER."
            raise PipelineError(reference.place, f"{message}: {remedy}")
        return folder / path

    def _declared(self, file: str, reference: Scalar) -> str:
        """Return the file with its repository as the pipeline declares it; case does not count."""
        path, _, repository = file.partition("@")
        if not repository:
            return file
        declared = next((each for each in self.repositories if each.lower() == repository.lower()), None)
        if declared is None:
            known = ", ".join(["self", *self.repositories])
            raise PipelineError(reference.place, f"the repository {repository!r} is not declared; declared: {known}.")
        return f"{path}@{declared}"


@lru_cache(maxsize=500)
def _prepare(text: str, file: str, entry: bool) -> Template:
    """Read and check the text of a template, once however often it is expanded; raises PipelineError."""
    document = yaml_reader.parse_once(text, file)
    if not isinstance(document, Mapping):
        raise PipelineError(document.place, f"a mapping is expected, not {kind(document)}.")
    document = fold_literals(document)
    declared = declarations(document, entry)
    check(document)
    return Template(file, document, declared)


def resolve_reference(reference: Scalar, includer: str) -> str:
    """Resolve the reference to `path` or `path@repository`, from the root; raises PipelineError outside it.

    `includer` is the file that includes it: of what came through a parameter, not the one in which it stands.
    Sources: microsoft/azure-pipelines-yaml 271, azure-devops-docs 8106, of a stageList microsoft/vscode-java-pack 1711.
    With `@self`, such a path begins at the root, as in build/pipelines/templates-v2 of microsoft/terminal.
    """
    own_path, _, own_repository = includer.partition("@")
    path, _, named = reference.text.replace("\\", "/").partition("@")
    repository = "" if named.lower() == "self" else named or own_repository
    through_parameter = reference.place.file != includer
    from_root = repository != own_repository or (through_parameter and named.lower() == "self")
    folder = "" if from_root else posixpath.dirname(own_path)
    joined = posixpath.normpath(path.lstrip("/") if path.startswith("/") else posixpath.join(folder, path))
    if not path or "\0" in path or joined.startswith(".."):
        raise PipelineError(reference.place, f"the template {reference.text!r} is not within its repository.")
    return f"{joined}@{repository}" if repository else joined


def missing(file: str) -> str:
    """Say that a template does not exist."""
    return f"the template {file:.200} does not exist."


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long for one
        return False
