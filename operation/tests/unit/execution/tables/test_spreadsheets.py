"""What spreadsheets put into CSV files: dropped where it says nothing, else refused with a remedy that works."""

import re
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.tables.reading import read_table

PLAIN = "name,size,city\n" + "a,1.5,Köln\nb,2.5,Ulm\nc,3.5,Kiel\n" * 3


def write(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    file = folder / "shops.csv"
    file.write_bytes(content.encode(encoding))
    return file


@pytest.mark.parametrize("commas", [",", ",,,"])
def test_columns_without_name_and_value_are_dropped(commas: str, tmp_path: Path) -> None:
    write(tmp_path, "".join(f"{line}{commas}\r\n" for line in PLAIN.splitlines()))
    assert read_table(str(tmp_path), "shops", "").column_names == ["name", "size", "city"]


def test_a_column_without_a_name_stays_if_it_has_a_value(tmp_path: Path) -> None:
    write(tmp_path, "name,size,\na,1.5,\nb,2.5,see below\n")
    assert read_table(str(tmp_path), "shops", "").column_names == ["name", "size", ""]


def test_a_space_among_numbers_is_nothing(tmp_path: Path) -> None:
    write(tmp_path, "name,size\na,1.5\nb, \nc,2.5\n")
    assert read_table(str(tmp_path), "shops", "")["size"].to_pylist() == [1.5, None, 2.5]


@pytest.mark.parametrize(
    ("above", "message"),
    [
        ("sep=,\n", "has 1 line above its header: 'sep=,'"),
        ("# exported, by hand\n# twice\n", "has 2 lines above its header: '# exported, by hand'"),
        ("\ufeffShops of 2024\n\n", "has 2 lines above its header: 'Shops of 2024'"),
    ],
    ids=["for Excel", "comments", "a title"],
)
def test_lines_above_the_header_are_refused_with_their_number(above: str, message: str, tmp_path: Path) -> None:
    file = write(tmp_path, above + PLAIN)
    with pytest.raises(OperationError, match=re.escape(message)) as refused:
        read_table(str(tmp_path), "shops", "")
    (first, target) = re.findall(r"tail -n \+(\d+) \S+ > (\S+)$", str(refused.value))[0]
    assert "\n".join(file.read_text("utf-8").splitlines()[int(first) - 1 :]) + "\n" == PLAIN
    assert target == str(tmp_path / "shops_rows.csv")


def test_the_command_for_single_quotes_works(tmp_path: Path) -> None:
    write(tmp_path, "'shop','size'\n'a, b',1.5\n")
    with pytest.raises(OperationError, match="single quotes around its texts") as refused:
        read_table(str(tmp_path), "shops", "")
    exec(re.findall(r'python -c "(.*)"', str(refused.value))[0])  # noqa: S102  (our own words)
    assert (tmp_path / "shops_quotes.csv").read_text("utf-8") == 'shop,size\n"a, b",1.5\n'


@pytest.mark.parametrize(("separator", "point"), [(";", ","), (";", "."), ("\t", ","), ("|", ".")])
def test_the_command_for_other_separators_works(separator: str, point: str, tmp_path: Path) -> None:
    write(tmp_path, PLAIN.replace(",", separator).replace(".", point))
    with pytest.raises(OperationError, match="between its columns") as refused:
        read_table(str(tmp_path), "shops", "")
    exec(re.findall(r'python -c "(.*)"', str(refused.value))[0])  # noqa: S102  (our own words)
    assert (tmp_path / "shops_commas.csv").read_text("utf-8") == PLAIN


@pytest.mark.parametrize(("sign", "encoding"), [("ö", "LATIN1"), ("€", "CP1252"), ("ö", "UTF-16")])
def test_the_encoding_to_convert_from_is_the_one_of_the_file(sign: str, encoding: str, tmp_path: Path) -> None:
    file = write(tmp_path, PLAIN.replace("ö", sign), encoding)
    with pytest.raises(OperationError, match="is not UTF-8") as refused:
        read_table(str(tmp_path), "shops", "")
    assert f"iconv -f {encoding} -t UTF-8 {file} > {tmp_path / 'shops_utf8.csv'}" in str(refused.value)
