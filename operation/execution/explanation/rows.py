"""Find out what rows people have given: prepared ones, or raw ones, which are prepared first."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.configuration.declared import needed_columns
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.steps.processes import run_script
from operation.execution.tables.snapshot import bring
from operation.execution.tables.sources import SUFFIXES, find_files, find_source
from operation.execution.training import pipeline

PREPARED = (".parquet", ".csv", ".json")  # of rows that are prepared
TO_SCORE = "rows.parquet"


def find_rows(configuration: Configuration, backend: Backend, given: Path, model: Path, work: Path) -> Path:
    """Return a file of prepared rows: the given one, or one that is made of given raw rows in the folder `work`.

    Raw rows are a folder with every raw table, or a file of one of them; the other tables then come from the
    configured source.

    Raises:
        OperationError: the file is neither; the message names the columns that it lacks of what it is most like.
    """
    if given.is_dir():
        return _prepare(configuration, backend, str(given), work)
    features = [each["name"] for each in read_json(model / "features.json")["features"]]
    columns = read_names(given)
    if given.suffix in PREPARED and {*features} <= {*columns}:
        return given
    needed = needed_columns(configuration.use_case, configuration.scripts)
    tables = [name for name, names in needed.items() if {*names} <= {*columns}]
    if len(tables) == 1 and given.name.endswith(SUFFIXES):
        return _prepare(configuration, backend, _assemble(configuration, backend, given, tables[0], work), work)
    raise OperationError(_describe_missing(given, columns, features, needed))


def read_names(file: Path) -> list[str]:
    """Read the names of the columns, of JSON those of the first record; raises OperationError if it cannot."""
    if file.suffix == ".json":
        return _names_of_json(file)
    if not file.name.endswith(SUFFIXES):
        raise OperationError(f"--rows {file} must be one of {', '.join(dict.fromkeys((*PREPARED, *SUFFIXES)))}.")
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    try:
        if file.suffix == ".parquet":
            return list(pa.parquet.read_schema(file).names)
        with pa.csv.open_csv(file) as reader:
            return list(reader.schema.names)
    except (pa.ArrowException, OSError) as error:
        raise OperationError(f"--rows {file} cannot be read: {str(error).splitlines()[0]}") from error


def _names_of_json(file: Path) -> list[str]:
    import json

    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise OperationError(f"--rows {file} is not JSON: {error}") from error
    for name in ("data", "rows"):
        found = found.get(name, found) if isinstance(found, dict) else found
    return list(found[0]) if isinstance(found, list) and found and isinstance(found[0], dict) else []


def _describe_missing(
    given: Path, columns: Sequence[str], features: Sequence[str], needed: Mapping[str, Sequence[str]]
) -> str:
    """Name what the file lacks of what it is most like: the model's features, or a raw table."""
    kinds: dict[str, Sequence[str]] = {"the model": features}
    if given.suffix != ".json":  # which raw tables are not read from
        kinds |= {f"the raw table {name}": names for name, names in needed.items()}
    lacking = {kind: [name for name in names if name not in columns] for kind, names in kinds.items()}
    nearest = min(lacking, key=lambda kind: len(lacking[kind]) / max(1, len(kinds[kind])))
    names = ", ".join(lacking[nearest])
    if not names:
        return f"--rows {given} fits several raw tables, or is none of {', '.join(SUFFIXES)}: give a folder."
    return (
        f"--rows {given} lacks the column {names}, which {nearest} needs; it has {', '.join(columns) or 'none'}. Give "
        f"prepared rows with every feature, or raw rows of {' or '.join(needed)}."
    )


def _assemble(configuration: Configuration, backend: Backend, given: Path, table: str, work: Path) -> str:
    """Put the file into a folder as the table's, beside the other tables of the configured source."""
    folder = work / "given"
    shutil.rmtree(work, ignore_errors=True)
    folder.mkdir(parents=True)
    suffix = max((each for each in SUFFIXES if given.name.endswith(each)), key=len)
    shutil.copyfile(given, folder / f"{table}{suffix}")
    others = [name for name in configuration.data.tables if name != table]
    if others:
        source = backend.bring(configuration.data.source, others)
        for other in others:
            for file in find_files(source, other):
                place = folder / file.relative_to(find_source(source))
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
    console.say(f"Raw rows of {table}: a feature that is made of other rows of {table} sees these alone.")
    return str(folder)


def _prepare(configuration: Configuration, backend: Backend, source: str, work: Path) -> Path:
    """Prepare raw tables as for scoring: rows without an outcome count, too."""
    data, raw, output = configuration.data, work / "raw", work / "prepared"
    for folder in (raw, output):
        shutil.rmtree(folder, ignore_errors=True)
    bring(backend.bring(source, data.tables), data.tables, data.known_defects, raw, configuration.use_case)
    step = pipeline.prepare_to_score(configuration)
    words = step.argv({"raw": str(raw), "prepared": str(output)})
    done = run_script([str(configuration.repository / step.script), *words], configuration.repository)
    if done.returncode:
        raise OperationError(done.stderr.strip().removeprefix("error: ") or "The rows cannot be prepared.")
    return output / TO_SCORE
