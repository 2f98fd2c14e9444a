"""The history of a use case: a profile of each accepted data set, in a folder beside the registry.

A profile is a few kB of JSON with a seal, written whole. Nothing is ever changed in one: what another version of this
project has written is refused by its schema, by name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.expectations.learning import Accepted
from operation.execution.json_files import read_sealed, seal, write_whole

FOLDER = "expectations"  # in the outputs of a use case
SCHEMA = 1  # of profiles and of corruptions; another number refuses those of before
CORRUPTIONS = "corruptions.json"  # what the standard corruptions do to the data set that was learned from last
PROFILES = "[0-9]*-[0-9]*-*.json"


@dataclass(frozen=True)
class Profile:
    """What is known of an accepted data set: its hash, when and by what it was accepted, and the facts by table."""

    data_sha256: str
    accepted: str
    by: str
    share: float
    tables: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name it by its last day, or where there are no days, by the day on which it was accepted."""
        days = [facts["days"]["last"] for facts in self.tables.values() if facts.get("days")]
        return max(days) if days else self.accepted[:10]


def folder_of(configuration: Configuration) -> Path:
    """Return the folder of the history."""
    return configuration.outputs / FOLDER


def read_history(folder: Path) -> list[Profile]:
    """Read every profile, in the order of their last days; () if there is none.

    Raises:
        OperationError: one is damaged, or of another schema version.
    """
    found = [_read(file) for file in sorted(folder.glob(PROFILES))]
    return sorted(found, key=lambda each: (each.name, each.accepted))


def require_history(configuration: Configuration) -> list[Profile]:
    """Read every profile; raises OperationError also if there is none."""
    history = read_history(folder_of(configuration))
    if not history:
        learn = configuration.command("expectations --learn")
        raise OperationError(
            f"No accepted data of {configuration.use_case} are known yet. Learn from some: {learn} [--data FOLDER]"
        )
    return history


def make(folder: Path) -> Path:
    """Make the folder of the history, if it is not there; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def add(folder: Path, profile: Profile) -> Path:
    """Write another profile into the history; return its file."""
    time = datetime.fromisoformat(profile.accepted).strftime("%Y%m%d-%H%M%S")
    file = make(folder) / f"{time}-{profile.data_sha256[:8]}.json"
    values = {name: getattr(profile, name) for name in ("data_sha256", "accepted", "by", "share", "tables")}
    _write(file, values)
    return file


def new_profile(data_sha256: str, by: str, share: float, tables: Mapping[str, Any]) -> Profile:
    """Make the profile of data that are accepted now."""
    return Profile(data_sha256, datetime.now(UTC).isoformat(timespec="seconds"), by, share, tables)


def accepted_of(history: Sequence[Profile], table: str) -> list[Accepted]:
    """Return the facts of one table in each data set that has it, oldest first."""
    return [Accepted(each.tables[table], each.share) for each in history if table in each.tables]


def counted(number: int) -> str:
    """Write how many accepted data sets there are."""
    return console.counted(number, "accepted data set")


def write_corruptions(folder: Path, tables: Mapping[str, Any]) -> None:
    """Keep what the standard corruptions do to the newest data set, by table."""
    _write(folder / CORRUPTIONS, {"tables": tables})


def read_corruptions(folder: Path) -> Mapping[str, Any]:
    """Read by table what the standard corruptions do; {} if nothing was measured.

    Raises:
        OperationError: as `read_history`.
    """
    file = folder / CORRUPTIONS
    tables: Mapping[str, Any] = _read_values(file)["tables"] if file.is_file() else {}
    return tables


def _read(file: Path) -> Profile:
    values = _read_values(file)
    try:
        return Profile(**values)
    except TypeError as error:
        raise OperationError(f"{file} is not a profile: {error}. {_remedy(file)}") from error


def _read_values(file: Path) -> dict[str, Any]:
    values = read_sealed(file, _remedy(file))
    if (schema := values.pop("schema", None)) != SCHEMA:
        raise OperationError(
            f"{file} has the schema version {schema}, and this version of the project reads {SCHEMA}. "
            f"Use the version that wrote it. Or: {_remedy(file)}"
        )
    return values


def _remedy(file: Path) -> str:
    return f"Move {file.name} away, and learn from its data again: invoke expectations --learn --data FOLDER."


def _write(file: Path, values: Mapping[str, Any]) -> None:
    text = json.dumps(seal({"schema": SCHEMA, **values}), separators=(",", ":"), ensure_ascii=False) + "\n"
    write_whole(file, lambda part: part.write_text(text, encoding="utf-8"))
