"""Pipeline artifacts: named folders of files that one job publishes and others download."""

import shutil
from pathlib import Path

from azure_pipelines_local.running.machine.file_patterns import matching
from azure_pipelines_local.running.machine.task_errors import TaskError, told
from azure_pipelines_local.running.machine.whole_folders import appearing

LONGEST = 255  # bytes, of a folder's name


class Artifacts:
    """The artifacts of one run, in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Publish nothing yet."""
        self.folder = folder

    @property
    def names(self) -> list[str]:
        """Those that have been published."""
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.is_dir() else []

    def publish(self, name: str, path: Path) -> int:
        """Keep the file, or all files of the folder, under the name; says how many files those are.

        Raises:
            TaskError: the name is taken or no name of a folder, or there is no such path, or it cannot be copied.
        """
        target = self._folder(name)
        if target.exists():
            raise TaskError(f"Artifact {name} already exists: each is published once.")
        if not path.exists():
            raise TaskError(f"Path does not exist: {path}. Nothing can be published as {name}.")
        if self.folder.resolve().is_relative_to(path.resolve()):
            raise TaskError(f"{path} holds the artifacts of this run, and cannot be one of them.")
        try:
            with appearing(target) as part:
                _copy(path, part)
        except OSError as error:
            only = "Only files, folders and links to them can be"
            raise TaskError(f"Not published as {name}: {told(error)}. {only}.") from error
        return sum(each.is_file() for each in target.rglob("*"))

    def download(self, name: str, patterns: str, target: Path) -> int:
        """Copy those files of the artifact that match into the folder; says how many.

        Raises:
            TaskError: nothing has been published under the name, or a file cannot be written.
        """
        if name not in self.names:
            published = ", ".join(self.names) or "none"
            raise TaskError(f"Artifact {name} was not found; published in this run: {published}.")
        return _copied(self._folder(name), patterns, target)

    def download_all(self, patterns: str, target: Path) -> int:
        """Likewise of every artifact, into a folder of its name; the patterns begin with that name, too."""
        return _copied(self.folder, patterns, target)

    def _folder(self, name: str) -> Path:
        if not name or name in (".", "..") or any(each in name for each in '\\/":<>|*?') or not name.isprintable():
            raise TaskError(f"{name!r} is no name for an artifact.")
        if len(name.encode()) > LONGEST:
            raise TaskError(f"No artifact has a name of more than {LONGEST} bytes: {name!r}.")
        return self.folder / name


def _copy(path: Path, folder: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, folder, dirs_exist_ok=True)
    else:
        shutil.copy2(path, folder)


def _copied(source: Path, patterns: str, target: Path) -> int:
    everything = patterns.strip() in ("", "**")  # also names that begin with a dot
    files = [each for each in source.rglob("*") if each.is_file()] if everything else matching(source, patterns)
    for file in files:
        place = target / file.relative_to(source)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)
        except OSError as error:
            raise TaskError(f"{place} cannot be written: {told(error)}") from error
    return len(files)
