"""What a change does to expanded pipelines, as a diff for a reviewer."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from azure_pipelines_local import verbs
from azure_pipelines_local.checking.entries import find
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.git import git
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import Queued

NONE: Mapping[str, str] = {}


def print_differences(
    project: Project, file: str | None, reference: str, parameters: Mapping[str, str], queued: Queued
) -> None:
    """Print how each expanded pipeline, or that of the file, differs from what it was at a commit.

    Without `parameters` each pipeline is expanded for all sets that `check` looks at. A diff that several of them have
    is printed once.

    Raises:
        PipelinesLocalError: there is no such commit, or no such pipeline.
    """
    with TemporaryDirectory(prefix="azure-pipelines-local-") as name:
        before = replace(project, root=_checked_out(project.root, reference, Path(name, project.root.resolve().name)))
        seen: dict[str, str] = {}
        for entry in [file] if file is not None else _entries(before.root, project.root):
            for given in [parameters] if parameters else _sets(before, project, entry):
                old, new = (_text(each, entry, given, queued) for each in (before, project))
                called = " ".join([entry, *(f"{key}={value}" for key, value in given.items())])
                lines = list(unified_diff(old, new, f"{called} ({reference})", called, lineterm=""))
                seen.setdefault("\n".join(lines[2:]), "\n".join(lines))
    printed = [text for text in seen.values() if text]
    print("\n".join(printed) if printed else f"No expanded pipeline differs from {reference}.")


def _checked_out(root: Path, reference: str, folder: Path) -> Path:
    """Check the commit out beside the work tree; its objects are shared, and nothing is copied."""
    try:
        commit = git(root, "rev-parse", "--verify", "--end-of-options", f"{reference}^{{commit}}")
    except PipelinesLocalError as error:
        raise PipelinesLocalError(f"--diff {reference}: there is no such commit or branch. ({error})") from error
    git(root, "clone", "--shared", "--quiet", "--no-checkout", "--no-tags", str(root), str(folder))
    git(folder, "checkout", "--quiet", "--force", "--detach", commit)
    return folder


def _entries(before: Path, after: Path) -> list[str]:
    found = set[str]()
    for root in (before, after):
        with suppress(PipelinesLocalError):  # there may be none yet, or none any more
            found |= {*find(root).entries}
    return sorted(found) or find(after).entries


def _sets(before: Project, after: Project, entry: str) -> list[Mapping[str, str]]:
    """List the sets of parameters of either side, each once; only the defaults where none can be read."""
    found: list[Mapping[str, str]] = []
    for project in (before, after):
        try:
            found += [each for each in verbs.parameter_sets(project, entry) if each not in found]
        except PipelinesLocalError:  # such as a file that is not there yet, which its text says
            continue
    return found or [NONE]


def _text(project: Project, entry: str, parameters: Mapping[str, str], queued: Queued) -> Sequence[str]:
    if not (project.root / entry).is_file():
        return []
    try:
        return verbs.expand(project, entry, parameters, queued).splitlines()
    except PipelinesLocalError as error:
        return [f"# refused: {line}" for line in str(error).splitlines()]
