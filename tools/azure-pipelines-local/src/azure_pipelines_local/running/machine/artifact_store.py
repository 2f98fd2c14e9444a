"""Pipeline artifacts: named folders of files that one job publishes and others download."""

import shutil
from pathlib import Path

from azure_pipelines_local.running.machine.file_patterns import find_files
from azure_pipelines_local.running.machine.task_errors import TaskError, describe_error
from azure_pipelines_local.running.machine.whole_folders import write_whole

LONGEST = 255  # bytes, of a folder's name


class ArtifactStore:
    """The artifacts of one run, in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Publish nothing yet; the first artifact makes the folder."""
        self.folder = folder

    @property
    def names(self) -> list[str]:
        """List the names under which something was published."""
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.is_dir() else []

    def publish(self, name: str, path: Path) -> int:
        """Keep the file, or all files of the folder, under the name, and return their number.

        Raises:
            TaskError: the name is taken or cannot name a folder, the path does not exist, or copying fails.
        """
        target = self._folder_of(name)
        if target.exists():  # in Azure, too, an artifact is not changed once it is there
            raise TaskError(f"Artifact {name} already exists: each is published once.")
        if not path.exists():
            raise TaskError(f"Path does not exist: {path}. Nothing can be published as {name}.")
        # Copying `..` into itself would go on until the disk is full.
        if self.folder.resolve().is_relative_to(path.resolve()):
            raise TaskError(f"{path} contains the artifacts of this run, and cannot be one of them.")
        try:
            with write_whole(target) as part:
                _copy(path, part)
        except OSError as error:
            reason = f"{describe_error(error)}. Only files, folders and links to them can be"
            raise TaskError(f"Not published as {name}: {reason}.") from error
        return sum(each.is_file() for each in target.rglob("*"))

    def download(self, name: str, patterns: str, target: Path) -> int:
        """Copy the files of the artifact that match into the folder, and return their number.

        Raises:
            TaskError: nothing was published under the name, or a file cannot be written.
        """
        if name not in self.names:
            published = ", ".join(self.names) or "none"
            raise TaskError(f"Artifact {name} was not found; published in this run: {published}.")
        return _copy_matching(self._folder_of(name), patterns, target)

    def download_all(self, patterns: str, target: Path) -> int:
        """Copy likewise from every artifact, into a folder of its name; patterns begin with that name, too."""
        return _copy_matching(self.folder, patterns, target)

    def _folder_of(self, name: str) -> Path:
        # The characters that Azure refuses; a slash would also lead out of the folder.
        if not name or name in (".", "..") or any(each in name for each in '\\/":<>|*?') or not name.isprintable():
            raise TaskError(f"{name!r} cannot name an artifact.")
        if len(name.encode()) > LONGEST:
            raise TaskError(f"The name of an artifact must have at most {LONGEST} bytes: {name!r}.")
        return self.folder / name


def _copy(path: Path, folder: Path) -> None:
    """Copy the file or the folder, without `.git` unless the folder has an .artifactignore, as Azure Artifacts does."""
    if path.is_dir():
        ignored = None if (path / ".artifactignore").exists() else shutil.ignore_patterns(".git")
        shutil.copytree(path, folder, dirs_exist_ok=True, ignore=ignored)
    else:
        shutil.copy2(path, folder)


def _copy_matching(source: Path, patterns: str, target: Path) -> int:
    everything = patterns.strip() in ("", "**")  # also names that begin with a dot, which no other pattern means
    files = [each for each in source.rglob("*") if each.is_file()] if everything else find_files(source, patterns)
    for file in files:
        copy = target / file.relative_to(source)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        except OSError as error:
            raise TaskError(f"{copy} cannot be written: {describe_error(error)}") from error
    return len(files)
