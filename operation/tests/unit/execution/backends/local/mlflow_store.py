"""A small working MLflow: the registry's calls that we use, on a file, a page of two at a time.

The real one stands behind the same tests in `integration/test_registry.py`; it takes seconds to import and to open.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from operation.execution.backends.local.database import Database

PAGE = 2


@dataclass
class Version:
    """A version as MLflow tells it: its number is text."""

    name: str
    version: str
    source: str
    run_id: str
    tags: dict[str, str] = field(default_factory=dict)
    description: str = ""


class Page(list[Any]):
    """What one call of a search returns, and how to ask for the next."""

    token: str | None

    @classmethod
    def of(cls, found: Sequence[Any], token: str | None) -> Self:
        start = int(token or 0)
        page = cls(found[start : start + PAGE])
        page.token = str(start + PAGE) if start + PAGE < len(found) else None
        return page


class Store:
    """In place of an MlflowClient. Each change is written to the database's file, as SQLite would."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.models: dict[str, dict[str, str]] = {}  # the aliases of each
        self.made: list[Version] = []
        self.runs: dict[str, Path] = {}
        self.experiments: dict[str, Path] = {}
        self.ended: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.asked = 0
        self._write()

    def create_registered_model(self, name: str) -> None:
        if name in self.models:
            raise AlreadyThereError
        self.models[name] = {}
        self._write()

    def get_experiment_by_name(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(experiment_id=name) if name in self.experiments else None

    def create_experiment(self, name: str, artifact_location: str) -> str:
        if name in self.experiments:
            raise AlreadyThereError
        self.experiments[name] = Path(artifact_location.removeprefix("file://"))
        return name

    def create_run(self, experiment_id: str, run_name: str) -> SimpleNamespace:
        made = f"{experiment_id}-{run_name}"
        self.runs[made] = self.experiments[experiment_id] / made
        return SimpleNamespace(info=SimpleNamespace(run_id=made))

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        self.tags.setdefault(run_id, {})[key] = value

    def set_terminated(self, run_id: str, status: str) -> None:
        self.ended[run_id] = status

    def log_artifacts(self, run_id: str, folder: str, place: str) -> None:
        shutil.copytree(folder, self.runs[run_id] / place)

    def get_run(self, run_id: str) -> SimpleNamespace:
        return SimpleNamespace(info=SimpleNamespace(artifact_uri=self.runs[run_id].as_uri()))

    def create_model_version(
        self, name: str, source: str, run_id: str, tags: dict[str, str], description: str = ""
    ) -> Version:
        number = str(1 + sum(one.name == name for one in self.made))
        made = Version(name, number, source, run_id, tags, description)
        self.made.insert(0 if len(self.made) % 2 else len(self.made), made)
        self._write()
        return next(one for one in self.made if (one.name, one.version) == (name, number))

    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:
        (found,) = (one for one in self.made if (one.name, one.version) == (name, version))
        found.tags[key] = value
        self._write()

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        if not isinstance(version, str):
            raise TypeError(version)
        self.models[name][alias] = version
        self._write()

    def search_registered_models(self, page_token: str | None = None) -> Page:
        self.asked += 1
        return Page.of([SimpleNamespace(name=name, aliases=each) for name, each in self.models.items()], page_token)

    def search_model_versions(self, page_token: str | None = None) -> Page:
        return Page.of(self.made, page_token)

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps([self.models, [asdict(one) for one in self.made]]))


class AlreadyThereError(Exception):
    """As MLflow says that a model is registered already."""

    error_code = "RESOURCE_ALREADY_EXISTS"


def opened(folder: Path) -> tuple[Database, Store]:
    """A database whose client is a new store."""
    database = Database(folder)
    store = Store(database.file)
    vars(database)["_client"] = store  # what its cached property would keep of the real one
    return database, store
