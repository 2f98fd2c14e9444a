"""A registry that is a folder: a version is a folder of files with their hashes, and the champion a file."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operation.execution.file_hashes import GOLDEN_ROWS, require_signed, sign
from operation.execution.json_files import write_json
from operation.execution.values import ModelVersion, Run

NAME = "parcel-delays"
ROWS = [{"a": 1.0}, {"a": 0.25}]


class Registry:
    """The real thing in small, so that a test has a version in a millisecond."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, *, golden: Any = None, champion: bool = False, signed: bool = True, **behaviour: Any) -> ModelVersion:
        """Register a version that behaves as the stand-in's `behaviour.json` can say."""
        files = self._folder / "new"
        files.mkdir(parents=True)
        write_json(files / "behaviour.json", behaviour)
        factor = behaviour.get("factor", 0.5)
        rows = {"rows": ROWS, "scores": [row["a"] * factor for row in ROWS]} if golden is None else golden
        if rows:
            write_json(files / GOLDEN_ROWS, rows)
        made = self.register(Run("run", "completed", files), NAME, files, sign(files) if signed else {})
        shutil.rmtree(files)
        if champion:
            self.promote(made)
        return made

    def folder_of(self, version: int) -> Path:
        """Where the files of the version are."""
        return self._folder / str(version)

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        return self.receive(run.id, name, files, tags)

    def receive(self, run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        version = 1 + max([one.version for one in self.versions(name)], default=0)
        shutil.copytree(files, self.folder_of(version))
        write_json(self._folder / f"{version}.json", {"run": run_id, "tags": dict(tags)})
        return ModelVersion(name, version, run_id, tags)

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        found = self.versions(name)
        return next((one for one in found if (one.champion if version is None else one.version == version)), None)

    def versions(self, name: str) -> list[ModelVersion]:
        file = self._folder / "champion"
        champion = int(file.read_text(encoding="utf-8")) if file.exists() else None
        numbers = sorted((int(path.stem) for path in self._folder.glob("*.json")), reverse=True)
        read = {number: json.loads((self._folder / f"{number}.json").read_text(encoding="utf-8")) for number in numbers}
        return [ModelVersion(name, n, one["run"], one["tags"], n == champion) for n, one in read.items()]

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        require_signed(self.folder_of(model.version), model, lambda words: f"invoke {words}")
        shutil.copytree(self.folder_of(model.version), folder)

    def promote(self, model: ModelVersion) -> None:
        (self._folder / "champion").write_text(str(model.version), encoding="utf-8")

    def annotate(self, model: ModelVersion, tag: str, text: str) -> None:
        found = next(one for one in self.versions(model.name) if one.version == model.version)
        write_json(self._folder / f"{model.version}.json", {"run": found.run, "tags": {**found.tags, tag: text}})
