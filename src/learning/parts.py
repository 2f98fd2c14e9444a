"""Divide files into parts that are scored on their own, in any order and by any process, and kept one by one.

A part is some row groups of one file, and a file of the output. What is written of a part says what it was made from,
so a command that was killed goes on from there: a part is scored again unless its file is whole and from the same rows,
the same model and the same rules.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from learning.errors import InputError
from learning.files import complete_file, first_line, read_json, require_columns, sha256, write_json
from learning.scored_tables import REJECTED, ROW, compact_schema, output_schema, score_compactly
from learning.scoring import Scorer, Scores

FORM = 2  # of what is written; another number scores everything again
DONE = ".done"  # the folder for a note on each part, until the manifest takes their place
SCORED_WITH = ("model.onnx", "features.json")


@dataclass(frozen=True)
class Work:
    """What all parts have in common: the folders of model and output, and the metadata of files of scores.

    `origin` has "model_version", "model_sha256", "data_sha256" and "git_commit".
    """

    model: Path
    output: Path
    batch_rows: int
    origin: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """Row groups of a file: `first` is the number of their first row in it, and `file_sha256` the file's hash."""

    number: int
    file: Path
    file_sha256: str
    groups: tuple[int, ...]
    first: int
    rows: int

    @property
    def name(self) -> str:
        """Return the name of its file in the output."""
        return f"part-{self.number:05d}.parquet"


@dataclass
class Totals:
    """What is said of scores, added up: of a part, then of all parts in their order."""

    rows: int = 0
    rejected: int = 0
    sums: list[float] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    least: float | None = None
    greatest: float | None = None

    def add(self, scores: Scores, classes: Sequence[str]) -> None:
        """Add a batch (rows,) or (rows, classes)."""
        if not len(scores):
            return
        sums = np.atleast_1d(scores.sum(axis=0, dtype=np.float64)).tolist()
        counts = np.bincount(scores.argmax(axis=1), minlength=len(classes)) if classes else [(scores > 0.5).sum()]
        ends = float(scores.min()), float(scores.max())
        self.merge(Totals(len(scores), 0, sums, [int(count) for count in counts], *ends))

    def merge(self, other: "Totals") -> None:
        """Add those of the next part."""
        self.rows, self.rejected = self.rows + other.rows, self.rejected + other.rejected
        self.sums = [a + b for a, b in zip(self.sums, other.sums, strict=True)] if self.sums else other.sums
        self.chosen = [a + b for a, b in zip(self.chosen, other.chosen, strict=True)] if self.chosen else other.chosen
        self.least = min((end for end in (self.least, other.least) if end is not None), default=None)
        self.greatest = max((end for end in (self.greatest, other.greatest) if end is not None), default=None)


@dataclass(frozen=True)
class Scored:
    """What is known of a scored part; `key` is the hash of all that it was made from, `sha256` that of its file.

    `kept` says that an earlier command has scored it.
    """

    name: str
    key: str
    sha256: str
    rejected_sha256: str
    totals: Totals
    kept: bool = False


def divide(files: Sequence[Path], part_rows: int, columns: Sequence[str]) -> Iterator[Part]:
    """Yield the parts: as many whole row groups of a file as reach `part_rows` rows.

    Raises InputError for a file that is not parquet or lacks one of the columns.
    """
    number = 0
    empty: list[Part] = []
    for file in files:
        try:
            with pq.ParquetFile(file) as opened:
                require_columns(file, opened.schema_arrow.names, columns)
                metadata = opened.metadata
                sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        except pa.ArrowException as error:
            raise InputError(f"{file} cannot be read as parquet: {first_line(error)}") from error
        digest, begin, first = sha256(file), 0, 0
        if not sizes:
            empty.append(Part(0, file, digest, (), 0, 0))
        for group, _ in enumerate(sizes):
            rows = sum(sizes[begin : group + 1])
            if rows >= part_rows or group == len(sizes) - 1:
                yield Part(number, file, digest, tuple(range(begin, group + 1)), first, rows)
                number, begin, first = number + 1, group + 1, first + rows
    if not number:  # no rows at all give one file without rows, which has the columns
        yield from empty[:1]


def score_part(part: Part, work: Work) -> Scored:
    """Score a part, unless what is there is what would be written.

    Raises InputError for values that no model takes, OSError where the disk is full.
    """
    key = key_of(part, work)
    return find_scored(part, work, key) or _score(part, work, key)


def key_of(part: Part, work: Work) -> str:
    """Return the hash of all that the part's files are made from."""
    scored_with = {name: sha256(work.model / name) for name in SCORED_WITH}
    data = {"file": part.file_sha256, "name": part.file.name, "groups": part.groups}
    content = {"form": FORM, **data, "batch_rows": work.batch_rows, "part": part.name}
    origin = {name: value for name, value in work.origin.items() if name != "git_commit"}
    return hashlib.sha256(json.dumps([content, scored_with, origin]).encode()).hexdigest()


def find_scored(part: Part, work: Work, key: str) -> Scored | None:
    """Return what is known of the part if its files are whole and have the same key."""
    try:
        note = read_json(work.output / DONE / f"{part.name}.json")
        found = Scored(**{**note, "totals": Totals(**note["totals"]), "kept": True})
        whole = found.key == key and sha256(work.output / part.name) == found.sha256
        rejected = rejected_file(part.name, work.output)
        whole = whole and (not found.rejected_sha256 or sha256(rejected) == found.rejected_sha256)
    except (InputError, OSError, KeyError, TypeError):
        return None
    return found if whole else None


def rejected_file(name: str, output: Path) -> Path:
    """Return the place of the rows of a part that could not be scored, until all parts are done."""
    return output / DONE / f"rejected-{name}"


def _score(part: Part, work: Work, key: str) -> Scored:
    scorer, totals = load_scorer(work.model), Totals()
    place, rejected = work.output / part.name, rejected_file(part.name, work.output)
    with complete_file(place) as partial, complete_file(rejected) as partial_rejected:
        try:
            _write(part, work, scorer, totals, (partial, partial_rejected))
        except pa.ArrowException as error:
            raise InputError(f"{part.file} cannot be read as parquet: {first_line(error)}") from error
        hashes = sha256(partial), sha256(partial_rejected) if totals.rejected else ""
    if not totals.rejected:
        rejected.unlink()
    scored = Scored(part.name, key, *hashes, totals)
    with complete_file(work.output / DONE / f"{part.name}.json") as note:
        write_json(note, asdict(scored))
    return scored


def _write(part: Part, work: Work, scorer: Scorer, totals: Totals, files: tuple[Path, Path]) -> None:
    needed = list(dict.fromkeys([*(scorer.keys or ()), *scorer.columns]))
    first = part.first
    # Texts as dictionaries: each different one is looked up once, and they are read in half the time.
    texts = [feature.name for feature in scorer.features if feature.kind == "category"]
    with pq.ParquetFile(part.file, read_dictionary=texts) as source:
        schema = output_schema(source.schema_arrow, scorer).with_metadata(dict(work.origin))
        compact = compact_schema(source.schema_arrow, scorer)
        with (
            pq.ParquetWriter(files[0], compact, **writing(schema)) as writer,
            pq.ParquetWriter(files[1], rejected_schema(schema, scorer), compression="zstd") as rejects,
        ):
            for batch in source.iter_batches(work.batch_rows, list(part.groups), needed, use_threads=False):
                table = pa.Table.from_batches([batch])
                scored, rejected, scores = score_compactly(table, scorer, work.origin["model_version"])
                writer.write_table(scored)
                totals.add(scores, scorer.classes)
                if len(rejected):
                    rejects.write_table(_placed(rejected, rejects.schema, part.file.name, first))
                    totals.rejected += len(rejected)
                first += len(table)
            writer.add_key_value_metadata({**work.origin, "ARROW:schema": as_read(schema)})


def as_read(schema: pa.Schema) -> bytes:
    """Return the metadata by which Arrow reads this schema from a file: texts as texts, written as dictionaries."""
    return base64.b64encode(schema.serialize())


def writing(schema: pa.Schema) -> dict[str, Any]:
    """Return how files of scores are written: scores are nearly all different, so a dictionary of them costs time."""
    texts = [each.name for each in schema if not pa.types.is_floating(each.type)]
    return {"compression": "zstd", "compression_level": 1, "use_dictionary": texts, "store_schema": False}


def rejected_schema(schema: pa.Schema, scorer: Scorer) -> pa.Schema:
    """Return the schema of rejected rows: the keys of the output, and the columns REJECTED."""
    kinds = zip(REJECTED, (pa.string(), pa.int64(), pa.string()), strict=True)
    return pa.schema([*(schema.field(key) for key in scorer.keys or ()), *kinds])


def _placed(rejected: pa.Table, schema: pa.Schema, file: str, first: int) -> pa.Table:
    """Say of rejected rows where they are: the file, and the row's number in it, counted from 0."""
    rows, files = pc.add(rejected[ROW], first), pa.repeat(pa.scalar(file), len(rejected))
    columns = {**dict(zip(rejected.column_names, rejected.columns, strict=True)), "file": files, ROW: rows}
    return pa.table([columns[name] for name in schema.names], schema=schema)


@cache
def load_scorer(model: Path) -> Scorer:
    """Load the model once a process; of one thread, because more add up floats in another order.

    Raises InputError for a model that does not name the keys of its rows.
    """
    scorer = Scorer.load(model, threads=1)
    if scorer.keys is None:
        raise InputError(f"{model} does not say which columns are the keys of its rows: train it again")
    return scorer


def end_with_parent() -> None:
    """End this process when the one that started it has: also when that was killed."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait
    from threading import Thread

    parent = parent_process()
    if parent is not None:

        def watch() -> None:
            wait([parent.sentinel])
            os._exit(1)

        Thread(target=watch, daemon=True).start()


def hash_model(model: Path) -> str:
    """Return the hash that equal models share."""
    return hashlib.sha256("".join(sha256(model / name) for name in SCORED_WITH).encode()).hexdigest()


def hash_files(parts: Sequence[Part]) -> str:
    """Return one hash of the files that the parts are of."""
    hashes = sorted({(part.file.name, part.file_sha256) for part in parts})
    return hashlib.sha256(json.dumps(hashes).encode()).hexdigest()


def merge_rejected(scored: Sequence[Scored], output: Path, place: Path) -> None:
    """Write the rejected rows of all parts, in their order, into one file."""
    files = [rejected_file(part.name, output) for part in scored if part.totals.rejected]
    with pq.ParquetWriter(place, pq.read_schema(files[0]), compression="zstd") as writer:
        for file in files:
            with pq.ParquetFile(file) as opened:
                for batch in opened.iter_batches():
                    writer.write_batch(batch)
