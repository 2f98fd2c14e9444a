"""Pipeline artifacts: named folders of files that one job publishes and others download."""

import shutil
from pathlib import Path

from operation.ado.running.failures import TaskError
from operation.ado.running.patterns import matching


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
            TaskError: the name is taken or no name of a folder, or there is no such path.
        """
        target = self._folder(name)
        if target.exists():
            raise TaskError(f"Artifact {name} already exists: each is published once.")
        if not path.exists():
            raise TaskError(f"Path does not exist: {path}. Nothing can be published as {name}.")
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            target.mkdir(parents=True)
            shutil.copy2(path, target)
        return sum(each.is_file() for each in target.rglob("*"))

    def download(self, name: str, patterns: str, target: Path) -> int:
        """Copy those files of the artifact that match into the folder; says how many.

        Raises:
            TaskError: nothing has been published under the name.
        """
        if name not in self.names:
            published = ", ".join(self.names) or "none"
            raise TaskError(f"Artifact {name} was not found; published in this run: {published}.")
        source = self._folder(name)
        everything = patterns.strip() in ("", "**")  # also names that begin with a dot
        files = [each for each in source.rglob("*") if each.is_file()] if everything else matching(source, patterns)
        for file in files:
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)
        return len(files)

    def _folder(self, name: str) -> Path:
        if not name or name in (".", "..") or any(each in name for each in '\\/":<>|*?'):
            raise TaskError(f"{name!r} is no name for an artifact.")
        return self.folder / name
