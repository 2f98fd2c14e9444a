"""Refuse CSV files that would be read as something else than everybody reads in them, each with the way out."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from shlex import quote

from operation.console import counted
from operation.errors import OperationError

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "\x01": "control characters (0x01)"}
# How files begin that are no CSV text: what they are, and how they would have to be named.
BEGINNINGS = {
    b"PAR1": ("a parquet file", ".parquet"),
    b"\x1f\x8b": ("packed with gzip", ".csv.gz"),
    b"BZh": ("packed with bzip2", ".csv.bz2"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", ".csv.zst"),
    b"PK\x03\x04": ("a zip archive or an Excel file", ".csv.zip"),
}
HEADER = 100_000  # bytes in which a header ends


def check_text(file: Path, content: bytes) -> None:
    """Raise OperationError for a file of another kind, in another encoding, or with another separator than commas."""
    _check_beginning(file, content)
    _check_encoding(file, content)
    _check_separator(file, content)
    _check_quotes(file, content)


def _check_beginning(file: Path, content: bytes) -> None:
    """Refuse files of another kind by their first bytes."""
    for beginning, (kind, suffix) in BEGINNINGS.items():
        if content.startswith(beginning):
            table = file.name.partition(".")[0]
            raise OperationError(f"{file} is {kind}, not CSV. Rename it to {table}{suffix}, or save it as CSV.")


def _check_separator(file: Path, content: bytes) -> None:
    """Refuse a header with something else than commas between the names."""
    text = content[:HEADER].decode("utf-8-sig", errors="replace")
    header = (text.splitlines() or [""])[0]
    if header.startswith("sep="):  # which Excel alone understands
        _refuse_title(file, [header])
    names = re.sub('"[^"]*"', "", header)  # a name in quotes may have any sign in it
    for separator, word in SEPARATORS.items():
        if names.count(separator) > 3 * names.count(","):  # of which a few may be in names
            decimal = ", decimal=','" if re.search(rf"[{separator}]-?\d+,\d+[{separator}\r\n]", text) else ""
            read = f"p.read_csv({str(file)!r}, sep={separator!r}{decimal})"
            write = f"to_csv({str(_beside(file, 'commas'))!r}, index=False)"
            raise OperationError(
                f"{file} has {word} between its columns, and commas are expected, with decimal points. Write a copy, "
                f'for example with: python -c "import pandas as p; {read}.{write}"'
            )


def _check_quotes(file: Path, content: bytes) -> None:
    """Refuse single quotes around the names of the header, which would be part of them and hide no comma."""
    header = content[:HEADER].decode("utf-8-sig", errors="replace").partition("\n")[0].rstrip("\r")
    if re.fullmatch(r"'[^']*'(,'[^']*')+", header):
        copy = f"p.read_csv({str(file)!r}, quotechar=chr(39)).to_csv({str(_beside(file, 'quotes'))!r}, index=False)"
        raise OperationError(
            f"{file} has single quotes around its texts, and double ones are expected. Write a copy, for example with: "
            f'python -c "import pandas as p; {copy}"'
        )


def _beside(file: Path, word: str) -> Path:
    """Name the plain CSV file that a repaired copy should be."""
    return file.with_name(f"{file.name.partition('.')[0]}_{word}.csv")


def check_title(file: Path, content: bytes) -> None:
    """Refuse lines above the header: a title, comments, nothing. Most of the first lines are taken for rows."""
    lines = content[:HEADER].decode("utf-8-sig", errors="replace").splitlines()[:50]
    if not lines:
        return
    (commas, _), *_ = Counter(line.count(",") for line in lines).most_common(1)
    above = [*takewhile(lambda line: line.count(",") != commas or line.startswith("#"), lines)]
    if above and len(above) < len(lines) / 2:
        _refuse_title(file, above)


def check_open_quote(file: Path, content: bytes) -> None:
    """Refuse a quote that is never closed, of which a parser names all that is behind it and not the line."""
    if content.count(b'"') % 2:
        number, line = next(each for each in enumerate(content.split(b"\n"), start=1) if each[1].count(b'"') % 2)
        shown = line.decode("utf-8", errors="replace").strip()
        raise OperationError(
            f"{file} has a quote that is never closed, probably in line {number:,}: {shown[:60]!r}. Close or delete it."
        )


def _refuse_title(file: Path, lines: Sequence[str]) -> None:
    what = f"{counted(len(lines), 'line')} above its header: {lines[0][:60]!r}"
    example = f"tail -n +{len(lines) + 1} {quote(str(file))} > {quote(str(_beside(file, 'rows')))}"
    raise OperationError(f"{file} has {what}. Delete what is above, for example with: {example}")


def _check_encoding(file: Path, content: bytes) -> None:
    """Refuse anything but UTF-8, which Arrow would silently read as bytes."""
    try:
        content.decode("utf-8")
        position = content.find(b"\0")  # UTF-16 without a byte order mark is valid UTF-8 full of NULs
    except UnicodeDecodeError as error:
        position = error.start
    if position >= 0:
        line = content.count(b"\n", 0, position) + 1
        if content[position : position + 1] == b"\0" and content.count(b"\0") < len(content) / 10:  # UTF-16: a half
            raise OperationError(
                f"{file} has a NUL byte at position {position} (line {line}), and no text has one. Restore it from its "
                "source."
            )
        is_wide = content[position : position + 1] == b"\0" or content.startswith((b"\xff\xfe", b"\xfe\xff"))
        windows = any(0x80 <= byte < 0xA0 for byte in content[position : position + HEADER])  # as its € and quotes
        encoding = "UTF-16" if is_wide else "CP1252" if windows else "LATIN1"
        names = f"{quote(str(file))} > {quote(str(_beside(file, 'utf8')))}" if file.suffix == ".csv" else ""
        raise OperationError(
            f"{file} is not UTF-8: byte 0x{content[position]:02x} at position {position} (line {line}). "
            f"Save it as UTF-8, for example with: iconv -f {encoding} -t UTF-8 {names}".rstrip()
        )
