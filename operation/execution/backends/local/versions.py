"""What MLflow's registry holds, remembered in a file: asking MLflow takes seconds, most of them its import.

The file stands beside the database and holds the database's hash. It counts for as long as that is the same, so a
change by anybody else, such as the MLflow UI, is seen.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.local.database import MEMORY, Database
from operation.execution.json_files import read_sealed, seal, write_json
from operation.execution.values import ModelVersion

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

CHAMPION = "champion"  # the alias
RUN = "run"  # the tag that holds our id of the run


@dataclass(frozen=True)
class Registered:
    """A version and the address of its files."""

    model: ModelVersion
    source: str


class Versions:
    """The registered versions of every model."""

    def __init__(self, database: Database) -> None:
        """Touch nothing yet."""
        self._database = database
        self._memory = database.folder / MEMORY

    def of(self, name: str) -> list[Registered]:
        """List the versions of the model, newest first."""
        if not self._database.file.exists():
            return []
        known = self._remembered()
        if known.get("database") == self._database.state():
            with suppress(KeyError, TypeError, AttributeError):  # the form in which another version wrote it down
                found = known["models"].get(name, [])
                return [Registered(ModelVersion(**one["model"]), one["source"]) for one in found]
        before, found = self._database.state(), self._ask()
        with suppress(OSError):  # somebody else's outputs, which we may only read
            self._write(before, found)  # or each command would ask again, until one registers a model
        return found.get(name, [])

    def remember(self) -> None:
        """Write down what the registry holds now; to be called after every change of the database."""
        self._write(self._database.state(), self._ask())

    def _write(self, before: list[str], found: dict[str, list[Registered]]) -> None:
        models = {name: [asdict(one) for one in versions] for name, versions in found.items()}
        if self._database.state() == before:  # else somebody is changing it, and will write it down after us
            write_json(self._memory, seal({"database": before, "models": models}))

    def _remembered(self) -> dict[str, Any]:
        try:
            return read_sealed(self._memory)
        except OperationError:  # missing or damaged: MLflow knows
            return {}

    def _ask(self) -> dict[str, list[Registered]]:
        """Ask MLflow itself for every model's versions, newest first."""
        client = self._database.client
        champions = {model.name: model.aliases.get(CHAMPION) for model in _every(client.search_registered_models)}
        found: dict[str, list[Registered]] = {name: [] for name in champions}
        # Without a filter by name: MLflow's has no way to write a name with a quote in it, and anybody may add one.
        for one in _newest_first(_every(client.search_model_versions)):
            found.setdefault(one.name, []).append(Registered(as_version(one, champions.get(one.name)), one.source))
        return found


def as_version(found: "MlflowVersion", champion: str | int | None) -> ModelVersion:
    """Translate MLflow's version; `champion` is the number of the one with the alias."""
    tags = dict(found.tags)
    run = tags.pop(RUN, "")
    return ModelVersion(found.name, int(found.version), run, tags, str(found.version) == str(champion))


def _every(search: Callable[..., Any]) -> list[Any]:
    """List everything that one of MLflow's searches finds, of which each call returns a page."""
    page = search()
    found = [*page]
    while page.token:
        page = search(page_token=page.token)
        found += page
    return found


def _newest_first(found: "Sequence[MlflowVersion]") -> "list[MlflowVersion]":
    return sorted(found, key=lambda one: int(one.version), reverse=True)
