"""Read a table that is too large for memory: in pieces, through parquet files beside the result.

The result is the same, byte for byte, as that of `reading.read_table` and `known_defects.correct`, which hold all of a
table: the pieces are read as if each were a file, and converted to the types that suit all of them. (But a column of
CSV that no suite names, and that holds days in one piece and times in another, stays text.)
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables.column_types import EXACT, Wanted, fit
from operation.execution.tables.known_defects import correct
from operation.execution.tables.reading import finish, join, open_csv, parse_csv, readable, require_file
from operation.execution.tables.sources import find_files, find_source, wanted_types

LARGE = 400_000_000  # bytes of the files of a table, unpacked as far as that is known
PACKED = 5  # a packed CSV file holds about so many times its size
VALUE = 8  # bytes of a value in memory
PIECE = 64_000_000  # bytes of CSV
ROW_GROUP = 1_048_576  # rows, as pyarrow writes a table that it has in one piece


def is_large(source: str, table: str) -> bool:
    """Say whether the files of a table hold more than should be in memory at once."""
    return sum(map(_size, find_files(source, table))) > LARGE


def write_large(
    source: str, table: str, use_case: str, defects: Sequence[KnownDefect], file: Path
) -> tuple[KnownDefect, ...]:
    """Write the table into `file` with the known defects corrected; return those that were found.

    Raises:
        OperationError: as `read_table`.
    """
    wanted = wanted_types(table, use_case)
    with TemporaryDirectory(dir=file.parent, prefix=".pieces-") as folder:
        pieces = _spill(source, table, wanted, Path(folder))
        if mixed := _mixed(pieces):
            pieces = _spill(source, table, {**wanted, **dict.fromkeys(mixed, "str")}, Path(folder))
        types = _agree(pieces, wanted)
        found: list[KnownDefect] = []
        with pq.ParquetWriter(file, types, compression="zstd") as writer:
            for rows in _regroup(_suited(pieces, types, wanted)):
                corrected, defective = correct(rows, table, defects)
                writer.write_table(corrected, row_group_size=ROW_GROUP)
                found += defective
    return tuple(defect for defect in defects if defect in found)


Pieces = Sequence[tuple[Path, Path]]  # the file that a piece was read from, and the one that holds it


def _size(file: Path) -> int:
    size = file.stat().st_size
    if file.suffix == ".parquet":
        with suppress(pa.ArrowException, OSError):  # reading it will say what is wrong
            groups = pq.read_metadata(file)
            packed = sum(groups.row_group(number).total_byte_size for number in range(groups.num_row_groups))
            return int(max(packed, VALUE * groups.num_rows * groups.num_columns))  # few different values pack well
    return size * PACKED if file.suffix != ".csv" else size


def _spill(source: str, table: str, wanted: Wanted, folder: Path) -> Pieces:
    """Write every piece of the table's files into the folder, with the types that suit it alone."""
    found: list[tuple[Path, Path]] = []
    for file in find_files(source, table):
        require_file(file)
        for content in _read_parquet(file) if file.suffix == ".parquet" else _read_csv(file, wanted):
            piece = folder / f"{len(found)}.parquet"
            pq.write_table(finish(file, find_source(source), content), piece)
            found.append((file, piece))
    return found


def _read_parquet(file: Path) -> Iterator[pa.Table]:
    with readable(file), pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(ROW_GROUP):
            yield pa.Table.from_batches([batch])


def _read_csv(file: Path, wanted: Wanted) -> Iterator[pa.Table]:
    rows = 0
    with readable(file), open_csv(file) as stream:
        for start, content in _blocks(stream):
            try:
                table = parse_csv(file, content, wanted, rows)
            except OperationError as error:
                if not start:
                    raise
                raise OperationError(f"{error} Positions and rows are counted from byte {start:,} of it.") from error
            yield table
            rows += len(table)


def _blocks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of whole lines, each below the header, and where in the stream they start."""
    header, rest, start = b"", b"", 0
    while block := stream.read(PIECE):
        lines, rest = _cut(rest + block)
        if lines:
            yield start, header + lines if start else lines
            header = header or lines[: lines.index(b"\n") + 1]
            start += len(lines)
    if rest:
        yield start, header + rest


def _cut(block: bytes) -> tuple[bytes, bytes]:
    end = block.rfind(b"\n") + 1
    return block[:end], block[end:]


def _mixed(pieces: Pieces) -> list[str]:
    """Find the columns of CSV files whose types in the pieces do not go together: they are text, as in one piece."""
    if any(file.suffix == ".parquet" for file, _ in pieces):
        return []  # `join` refuses them
    kinds: dict[str, list[tuple[pa.DataType, Path]]] = {}
    for _, piece in pieces:
        for field in pq.read_schema(piece):
            kinds.setdefault(field.name, []).append((field.type, piece))
    return [name for name, found in kinds.items() if not _go_together(name, found)]


def _go_together(name: str, found: Sequence[tuple[pa.DataType, Path]]) -> bool:
    try:
        schemas = [pa.schema([(name, kind)]) for kind, _ in found]
        kind = pa.unify_schemas(schemas, promote_options="permissive").field(name).type
    except pa.ArrowException:
        return False
    # Whole numbers become floats where another piece has fractions; long ones would be rounded.
    whole = [piece for each, piece in found if pa.types.is_integer(each) and pa.types.is_floating(kind)]
    columns = (pq.read_table(piece, columns=[name])[name] for piece in whole)
    return not any(pc.any(pc.greater_equal(pc.abs(values), EXACT)).as_py() for values in columns)


def _agree(pieces: Pieces, wanted: Wanted) -> pa.Schema:
    """Return the types of the result: those that are wanted, where every piece can have them without a loss."""
    joined = join([(file, pq.read_schema(piece).empty_table()) for file, piece in pieces], wanted).schema
    fitted = [fit(_widen(piece, joined), wanted).schema for _, piece in pieces]
    types = {name: {schema.field(name).type for schema in fitted} for name in joined.names}
    return pa.schema(
        [(name, kinds.pop() if len(kinds) == 1 else joined.field(name).type) for name, kinds in types.items()]
    )


def _suited(pieces: Pieces, types: pa.Schema, wanted: Wanted) -> Iterator[pa.Table]:
    """Read the pieces again, each with the types of the result."""
    joined = join([(file, pq.read_schema(piece).empty_table()) for file, piece in pieces], wanted).schema
    for _, piece in pieces:
        rows = _widen(piece, joined)
        fitted = fit(rows, wanted)
        columns = [(fitted if fitted[name].type == types.field(name).type else rows)[name] for name in types.names]
        yield pa.table(columns, schema=types)


def _widen(piece: Path, joined: pa.Schema) -> pa.Table:
    """Read a piece with the columns and types of all; what it lacks is null."""
    return pa.concat_tables([joined.empty_table(), pq.read_table(piece)], promote_options="permissive")


def _regroup(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the same rows, ROW_GROUP at a time."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        while sum(map(len, held)) >= ROW_GROUP:
            whole = pa.concat_tables(held)
            yield whole.slice(0, ROW_GROUP).combine_chunks()
            held = [whole.slice(ROW_GROUP)]
    if any(map(len, held)):
        yield pa.concat_tables(held).combine_chunks()
