"""The log of requests: whole lines in files of a day, some of them deleted, and no failure for what it cannot write."""

import json
from collections import UserDict
from collections.abc import KeysView
from datetime import UTC, datetime, timedelta
from os import getpid
from pathlib import Path

import pytest

from learning.request_log import RequestLog

ENTRY = {
    "id": "a",
    "version": "3",
    "ms": 1.5,
    "status": 200,
    "rows": 1,
    "features": {"temp": [None]},
    "probabilities": [0.5],
}


def lines(folder: Path) -> list[str]:
    return [line for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]


def test_a_request_is_a_line_of_schema_1(tmp_path: Path) -> None:
    log = RequestLog(tmp_path / "log")
    log.add(ENTRY)
    log.close()
    (file,) = (tmp_path / "log").iterdir()
    today = datetime.now(UTC).date().isoformat()
    assert file.name == f"requests-{today}-{getpid()}.jsonl"
    (line,) = file.read_text().splitlines()
    entry = json.loads(line)
    assert list(entry) == ["schema", "time", *ENTRY]
    assert entry | ENTRY == entry
    assert entry["schema"] == 1
    assert abs(datetime.now(UTC) - datetime.fromisoformat(entry["time"])) < timedelta(minutes=1)


def test_lines_come_into_the_file_by_themselves(tmp_path: Path) -> None:
    log = RequestLog(tmp_path, seconds=0.01)
    log.add(ENTRY)
    for _ in range(1000):
        if lines(tmp_path):
            break
        log._ending.wait(0.01)
    assert len(lines(tmp_path)) == 1
    log.close()


def test_a_line_that_is_added_while_others_are_written_is_kept(tmp_path: Path) -> None:
    log = RequestLog(tmp_path, seconds=60)

    class Interrupted(UserDict[str, object]):
        """An entry during whose encoding the log's thread has its turn."""

        def keys(self) -> KeysView[str]:
            log.flush()
            return super().keys()

    log.add(ENTRY)
    log.add(Interrupted(ENTRY))
    log.close()
    assert len(lines(tmp_path)) == 2


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 350, 650), (1.0, 1000, 1000)])
def test_a_share_of_the_requests_is_logged(tmp_path: Path, share: float, least: int, most: int) -> None:
    log = RequestLog(tmp_path, share)
    for _ in range(1000):
        log.add(ENTRY)
    log.close()
    assert least <= len(lines(tmp_path)) <= most


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    log = RequestLog(tmp_path, most_bytes=200)
    for _ in range(4):
        log.add(ENTRY)
        log.flush()
    log.close()
    names = sorted(path.stem.partition(f"-{getpid()}")[2] for path in tmp_path.iterdir())
    assert names == ["", "-1", "-2", "-3"]
    assert len(lines(tmp_path)) == 4


def test_files_older_than_the_days_kept_are_deleted(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    old, kept = (tmp_path / f"requests-{today - timedelta(days=days)}-1.jsonl" for days in (31, 30))
    for path in (old, kept, tmp_path / "another.jsonl"):
        path.touch()
    log = RequestLog(tmp_path, keep_days=30)
    log.add(ENTRY)
    log.close()
    assert not old.exists()
    assert kept.exists()
    assert (tmp_path / "another.jsonl").exists()


def test_lines_that_the_disk_does_not_take_are_counted_and_reported_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = RequestLog(tmp_path / "log")
    (tmp_path / "log").rmdir()
    for _ in range(2):
        log.add(ENTRY)
        log.flush()
    log.close()
    assert log.lost == 2
    assert capsys.readouterr().err.count("The request log cannot be written, and loses lines") == 1


def test_a_disk_that_takes_half_a_line_keeps_none_of_it(tmp_path: Path) -> None:
    limits = pytest.importorskip("resource")
    log = RequestLog(tmp_path / "log", seconds=60)
    log.add(ENTRY)
    log.flush()
    (file,) = (tmp_path / "log").iterdir()
    before = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (file.stat().st_size + 20, before[1]))  # bytes
    try:
        log.add(ENTRY)
        log.flush()
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, before)
    log.add(ENTRY)
    log.close()
    assert [json.loads(line)["id"] for line in lines(tmp_path / "log")] == ["a", "a"]
    assert log.lost == 1


def test_a_folder_that_cannot_be_made_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    with pytest.raises(OSError, match="log"):
        RequestLog(tmp_path / "log")
