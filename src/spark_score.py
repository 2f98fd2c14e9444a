"""Score prepared rows on Spark, where the data are: the same scorer as batch_score.py, in `mapInArrow`.

It runs on a Spark of Synapse or Azure ML, by `spark-submit`, or on this machine, where PySpark is installed and Java is
found. The output is a folder of parquet files: the columns of batch_score.py, and `reason`, null but in rows that could
not be scored. Spark's `_SUCCESS` says that it is complete; manifest.json says where it comes from.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pyarrow as pa

from learning.arguments import ScriptParser, add_scoring
from learning.errors import InputError, exit_code
from learning.files import HASHES, write_json
from learning.parts import SCORED_WITH, hash_model, load_scorer
from learning.scored_tables import REASON, output_schema, score_table
from learning.scoring import Scorer

SOURCE = Path(__file__).resolve().parent


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--data", required=True, help="parquet with the keys and the features: a path or an address that Spark reads")
    add("--output", required=True, help="new folder for the scores: a path or an address that Spark writes")
    add("--data-sha256", default="", help="hash of the raw tables, for the output")
    add_scoring(add)
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    arguments = parser().parse_args(argv)
    return exit_code(lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Score all rows; raises InputError on what the arguments or files got wrong."""
    scorer = load_scorer(arguments.model)
    if Path(arguments.output).exists():
        raise InputError(f"{arguments.output} is there already: Spark writes a new folder")
    origin = {
        "model_version": arguments.model_version,
        "model_sha256": hash_model(arguments.model),
        "data_sha256": arguments.data_sha256,
        "git_commit": arguments.git_commit,
    }
    spark = open_session(arguments.batch_rows)
    errors = import_module("pyspark.errors").PySparkException, import_module("py4j.protocol").Py4JError
    try:
        with TemporaryDirectory() as folder:  # from which tasks fetch the code
            ship(spark, arguments.model, Path(folder))
            score(spark, arguments, scorer)
        rows, rejected = count(spark, arguments.output)
    except errors as error:
        raise InputError(f"Spark cannot score {arguments.data}: {reason_of(error)}") from error
    finally:
        spark.stop()
    if "://" not in arguments.output:
        counts = {"rows": rows, "rejected": rejected}
        keys = list(scorer.keys or ())
        write_json(Path(arguments.output) / "manifest.json", {"schema": 1, **origin, "keys": keys, **counts})
    print(f"{rows:,} rows scored on Spark, {rejected:,} rejected", flush=True)


def open_session(batch_rows: int) -> Any:
    """Return the cluster's session, or one on this machine; raises InputError where there is no Spark.

    It is imported by its name, because what `src/` imports is what the environment of every job installs.
    """
    try:
        builder = import_module("pyspark.sql").SparkSession.builder
        settings: Mapping[str, str] = {
            "spark.sql.session.timeZone": "UTC",  # else moments are written as those of this machine's zone
            "spark.sql.execution.arrow.maxRecordsPerBatch": str(batch_rows),
            # No limit: to keep one, Spark 4 adds up the sizes of all columns again after every row.
            "spark.sql.execution.arrow.maxBytesPerBatch": str(2**31 - 1),
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.parquet.compression.codec": "zstd",
            # Moments as batch_score.py writes them; INT96, Spark's own, takes longer and has no zone.
            "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()
    except ImportError as error:
        raise InputError("PySpark is not installed: install requirements-spark.lock") from error
    except Exception as error:  # the errors of the gateway to Java share no base
        raise InputError(f"Spark does not start ({reason_of(error)}); does it find Java, 17 or later?") from error


def ship(spark: Any, model: Path, folder: Path) -> None:
    """Let every machine of the cluster fetch the code that scores, which is packed into `folder`, and the model."""
    code = folder / "scoring.zip"
    with ZipFile(code, "w") as archive:
        for file in sorted((SOURCE / "learning").glob("*.py")):
            archive.write(file, file.relative_to(SOURCE))
        archive.write(Path(__file__), "spark_score.py")
    spark.sparkContext.addPyFile(str(code))
    for name in (*SCORED_WITH, HASHES):
        if (model / name).is_file():
            spark.sparkContext.addFile(str(model / name))


def score(spark: Any, arguments: argparse.Namespace, scorer: Scorer) -> None:
    """Read, score and write.

    Tasks that read and wrote with pyarrow would pass no row through Java, but on a pool only Spark has the identity
    that may read abfss://.
    """
    # As batch_score.py: beside its rows, prepare.py leaves a JSON file, of which Spark would read the footer.
    rows = spark.read.option("pathGlobFilter", "*.parquet").parquet(arguments.data)
    needed = list(dict.fromkeys([*(scorer.keys or ()), *scorer.columns]))
    missing = [name for name in needed if name not in rows.columns]
    if missing:
        raise InputError(f"{arguments.data} lacks the column {', '.join(missing)}; it has {', '.join(rows.columns)}")
    version, written = arguments.model_version, written_schema(rows.schema, scorer)

    def score_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return scored_batches(batches, needed, version)

    # By place, since mapInArrow takes a dot in a name for that of a field of a column.
    sent = rows.select(*(as_sent(rows, name, scorer).alias(str(place)) for place, name in enumerate(needed)))
    writer = sent.mapInArrow(score_batches, written).write
    for field in written[len(scorer.keys or ()) :]:
        if field.dataType.typeName() in ("float", "double"):  # hardly two scores are alike: no dictionary of them
            writer = writer.option(f"parquet.enable.dictionary#{field.name}", "false")
    writer.parquet(arguments.output)


def as_sent(rows: Any, name: str, scorer: Scorer) -> Any:
    """Return the column as it goes to Python: numbers for the model alone in the 4 bytes that it takes, not in 8."""
    column = rows[f"`{name.replace('`', '``')}`"]
    numbers = {each.name for each in scorer.features if each.kind == "number"} - set(scorer.keys or ())
    is_wide = name in numbers and rows.schema[name].dataType.typeName() in ("long", "double")
    return column.cast("float") if is_wide else column


def written_schema(schema: Any, scorer: Scorer) -> Any:
    """Return Spark's schema of the output: the keys as Spark has read them, the answer, and why there is none."""
    keys = list(scorer.keys or ())
    whole = output_schema(pa.schema([(key, pa.null()) for key in keys]), scorer)
    answer = [whole.field(place) for place in range(len(keys), len(whole))]
    added = import_module("pyspark.sql.pandas.types").from_arrow_schema(
        pa.schema([*answer, pa.field(REASON, pa.string())])
    )
    return import_module("pyspark.sql.types").StructType([*(schema[key] for key in keys), *added.fields])


def scored_batches(batches: Iterator[pa.RecordBatch], names: Sequence[str], version: str) -> Iterator[pa.RecordBatch]:
    """Score the batches of a task, with the model that was sent to this machine: loaded once a process."""
    scorer = load_scorer(Path(import_module("pyspark").SparkFiles.getRootDirectory()))
    for batch in batches:
        scored, rejected, _ = score_table(pa.Table.from_batches([batch.rename_columns(names)]), scorer, version)
        scored = scored.append_column(REASON, pa.nulls(len(scored), pa.string()))
        filled = [
            rejected[name] if name in rejected.column_names else pa.nulls(len(rejected), scored.schema.field(name).type)
            for name in scored.column_names
        ]
        for table in (scored, pa.table(filled, schema=scored.schema)):
            yield from table.to_batches()


def count(spark: Any, output: str) -> tuple[int, int]:
    """Count the rows that were scored, and those that were not."""
    rows = spark.read.parquet(output)
    rejected = rows.where(f"{REASON} IS NOT NULL").count()
    return rows.count() - rejected, rejected


def reason_of(error: Exception) -> str:
    """Return the line of a message that says most: of Spark's, the last error of Python in it, or else the first.

    The very first of an error of Java only says that a call has failed.
    """
    lines = [line.strip().removeprefix(": ") for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("An error occurred while calling ")]
    ours = [line for line in lines if "InputError: " in line]
    return ours[-1].partition("InputError: ")[2] if ours else (lines or [type(error).__name__])[0]


if __name__ == "__main__":
    raise SystemExit(main())
