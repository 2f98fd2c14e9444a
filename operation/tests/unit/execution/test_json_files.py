"""JSON files are whole or not there, and a bad one is one message."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.json_files import read_json, read_sealed, seal, write_json


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": [1, None]})
    assert read_json(tmp_path / "a.json") == {"b": [1, None]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"b": object()})
    assert read_json(tmp_path / "a.json") == {"b": 1}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"\xff\xfe{\x00", b"[" * 200_000],
    ids=["empty", "broken", "list", "other-encoding", "nested"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(OperationError, match=r"a\.json is damaged.*Delete it and run again\."):
        read_json(tmp_path / "a.json")
    with pytest.raises(OperationError, match=r"a\.json is damaged.*Fix it\.$"):
        read_json(tmp_path / "a.json", "Fix it.")


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"b": 1}', encoding="utf-8-sig")
    assert read_json(tmp_path / "a.json") == {"b": 1}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"a\.json is missing"):
        read_json(tmp_path / "a.json")


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OperationError, match=r"a\.json cannot be read: .*\. Fix it\.$"):
        read_json(tmp_path / "a.json", "Fix it.")


def test_what_was_sealed_is_read_again_without_the_seal(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", seal({"b": [1, None, 0.1, "é"], "c": {}}))
    assert read_sealed(tmp_path / "a.json") == {"b": [1, None, 0.1, "é"], "c": {}}


@pytest.mark.parametrize("text", ["{}", '{"b": 1}', '{"b": 2, "sha256": "SEAL"}', '{"b": 1, "sha256": 5}'])
def test_what_was_changed_since_it_was_sealed_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text.replace("SEAL", seal({"b": 1})["sha256"]))
    with pytest.raises(OperationError, match=r"a\.json is damaged: its content .* Fix it\.$"):
        read_sealed(tmp_path / "a.json", "Fix it.")
