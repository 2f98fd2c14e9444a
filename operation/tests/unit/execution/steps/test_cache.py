"""The cache gives back what was kept, whole and unchanged, or nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation.execution.configuration.sections import ROOT
from operation.execution.json_files import read_json, write_json
from operation.execution.steps.cache import DAY, Cache
from operation.execution.steps.recipe import Recipe


def recipe(seed: int = 1) -> Recipe:
    return Recipe({"--seed": str(seed)}, {}, {"src/train.py": "abc"}, {"python": "3.11"}, {"raw": {"x.csv": "def"}})


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, said: list[str]) -> Cache:
    return Cache(tmp_path / "cache", said.append)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    (folder / "plots").mkdir(parents=True)
    (folder / "model.txt").write_text("trees")
    (folder / "plots" / "roc.png").write_bytes(b"\x89PNG")
    return folder


def take(cache: Cache, place: Path, seed: int = 1) -> bool:
    entry = cache.find("train", recipe(seed))
    return entry is not None and cache.take(entry, {"model": place})


def objects(cache_folder: Path) -> list[Path]:
    return sorted(path for path in (cache_folder / "objects").rglob("*") if path.is_file())


def test_what_was_kept_is_taken_byte_for_byte(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "a note")
    assert take(cache, tmp_path / "taken")
    assert (tmp_path / "taken" / "plots" / "roc.png").read_bytes() == b"\x89PNG"
    found = cache.find("train", recipe())
    assert found is not None
    assert (found.note, found.recipe) == ("a note", recipe())


@pytest.mark.parametrize(
    "other",
    [
        Recipe({"--seed": "2"}, {}, {"src/train.py": "abc"}, {"python": "3.11"}, {"raw": {"x.csv": "def"}}),
        Recipe({"--seed": "1"}, {}, {"src/train.py": "abd"}, {"python": "3.11"}, {"raw": {"x.csv": "def"}}),
        Recipe({"--seed": "1"}, {}, {"src/train.py": "abc"}, {"python": "3.12"}, {"raw": {"x.csv": "def"}}),
        Recipe({"--seed": "1"}, {}, {"src/train.py": "abc"}, {"python": "3.11"}, {"raw": {"x.csv": "deg"}}),
        Recipe({"--seed": "1"}, {}, {"src/train.py": "abc"}, {"python": "3.11"}, {"raw": {"y.csv": "def"}}),
    ],
    ids=["argument", "code", "package", "input", "name-of-an-input"],
)
def test_another_recipe_finds_nothing(cache: Cache, made: Path, other: Recipe) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    assert cache.find("train", other) is None
    assert cache.find("evaluate", recipe()) is None


def test_what_is_taken_may_be_changed_without_harm(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    for place in (tmp_path / "first", tmp_path / "second"):
        assert take(cache, place)
        assert (place / "model.txt").read_text() == "trees"
        (place / "model.txt").write_text("changed in place")


def test_a_damaged_object_is_thrown_away_with_its_entry(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    for damaged in objects(tmp_path / "cache"):
        damaged.write_bytes(b"rotten")
    assert not take(cache, tmp_path / "taken")
    assert not (tmp_path / "taken").exists()
    assert cache.find("train", recipe()) is None
    cache.keep("train", recipe(), {"model": made}, "")
    assert take(cache, tmp_path / "taken")


def test_a_missing_object_is_no_result(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    objects(tmp_path / "cache")[0].unlink()
    assert not take(cache, tmp_path / "taken")
    assert list(tmp_path.glob(".*.taken")) == []


def test_a_damaged_entry_is_no_result(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    (entry,) = (tmp_path / "cache" / "entries" / "train").iterdir()
    entry.write_text(entry.read_text()[:100])
    assert cache.find("train", recipe()) is None


def test_a_folder_that_cannot_be_written_is_named_once_and_does_no_harm(
    made: Path, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "cache", said.append)
    hashes = cache.keep("train", recipe(), {"model": made}, "")
    cache.keep("train", recipe(2), {"model": made}, "")
    assert cache.find("train", recipe()) is None
    assert sorted(hashes["model"]) == ["model.txt", "plots/roc.png"]
    assert len(said) == 1
    assert f"The cache {tmp_path / 'file' / 'cache'} cannot be used" in said[0]


def test_a_cache_of_another_version_is_named_and_left_alone(made: Path, tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "cache").mkdir()
    write_json(tmp_path / "cache" / "format.json", {"format": 99})
    cache = Cache(tmp_path / "cache", said.append)
    cache.keep("train", recipe(), {"model": made}, "")
    assert cache.find("train", recipe()) is None
    assert len(said) == 1
    assert "is of another version. To start afresh: invoke clean --cache" in said[0]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["format.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
def test_a_disk_that_fills_up_ends_the_keeping_and_leaves_no_part(tmp_path: Path) -> None:
    code = """
import resource, signal, sys
from pathlib import Path
from operation.execution.steps.cache import Cache
from operation.execution.steps.recipe import Recipe
folder = Path(sys.argv[1])
(folder / "made").mkdir()
(folder / "made" / "big").write_bytes(bytes(200_000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # no file may grow larger, as on a full disk
cache = Cache(folder / "cache", print)
cache.keep("train", Recipe({}, {}, {}, {}, {}), {"model": folder / "made"}, "")
print("went on")
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "cannot be written" in printed
    assert "went on" in printed
    assert objects(tmp_path / "cache") == []
    assert not (tmp_path / "cache" / "entries").exists()


def test_what_was_not_used_for_days_is_dropped(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(1), {"model": made}, "")
    old = tmp_path / "cache" / "entries" / "train" / f"{recipe(1).key}.json"
    os.utime(old, (time.time() - 3 * DAY,) * 2)
    cache.keep("train", recipe(2), {"model": made}, "")
    assert cache.trim(days=2, megabytes=None) > 0
    assert cache.find("train", recipe(1)) is None
    assert take(cache, tmp_path / "taken", seed=2)


def test_use_keeps_an_entry_young(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    entry = tmp_path / "cache" / "entries" / "train" / f"{recipe().key}.json"
    os.utime(entry, (time.time() - 3 * DAY,) * 2)
    assert take(cache, tmp_path / "taken")
    cache.trim(days=2, megabytes=None)
    assert cache.find("train", recipe()) is not None


def test_the_longest_unused_go_until_the_rest_fits(cache: Cache, tmp_path: Path) -> None:
    for seed in range(4):
        made = tmp_path / f"made-{seed}"
        made.mkdir()
        (made / "model.txt").write_bytes(bytes([seed]) * 400_000)
        cache.keep("train", recipe(seed), {"model": made}, "")
        os.utime(tmp_path / "cache" / "entries" / "train" / f"{recipe(seed).key}.json", (seed, seed))
    cache.trim(days=None, megabytes=1)
    assert [seed for seed in range(4) if cache.find("train", recipe(seed))] == [2, 3]
    assert len(objects(tmp_path / "cache")) == 2


def test_equal_files_are_kept_once(cache: Cache, made: Path, tmp_path: Path) -> None:
    for seed in range(3):
        cache.keep("train", recipe(seed), {"model": made}, "")
    assert len(objects(tmp_path / "cache")) == 2


def test_an_entry_is_readable_by_people(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "a note")
    (entry,) = (tmp_path / "cache" / "entries" / "train").iterdir()
    assert read_json(entry)["recipe"]["arguments"] == {"--seed": "1"}


@pytest.mark.parametrize("path", ["../../outside", "/outside", "a/../../outside", "..\\outside"])
def test_an_entry_that_leads_out_of_its_folder_is_not_taken(
    path: str, cache: Cache, made: Path, tmp_path: Path
) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    (entry,) = (tmp_path / "cache" / "entries" / "train").glob("*.json")
    values = read_json(entry)
    values["outputs"]["model"][path] = values["outputs"]["model"].pop("model.txt")
    write_json(entry, values)
    assert cache.find("train", recipe()) is None


def test_a_digest_that_is_a_path_deletes_nothing(cache: Cache, made: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.touch()
    cache.keep("train", recipe(), {"model": made}, "")
    (entry,) = (tmp_path / "cache" / "entries" / "train").glob("*.json")
    values = read_json(entry)
    values["outputs"]["model"]["model.txt"] = str(precious)
    write_json(entry, values)
    assert not take(cache, tmp_path / "taken")
    assert precious.exists()


def test_an_object_that_is_a_link_is_not_taken(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    for number, place in enumerate(objects(tmp_path / "cache")):
        (tmp_path / f"same-{number}").write_bytes(place.read_bytes())
        place.unlink()
        place.symlink_to(tmp_path / f"same-{number}")
    assert not take(cache, tmp_path / "taken")


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_a_cache_that_everybody_can_write_is_not_used(cache: Cache, tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "cache").mkdir()
    write_json(tmp_path / "cache" / "format.json", {"format": 1})
    (tmp_path / "cache").chmod(0o777)
    assert cache.find("train", recipe()) is None
    assert f"chmod o-w {tmp_path / 'cache'}" in said[0]


def test_a_cache_of_links_is_not_used(cache: Cache, tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "cache").mkdir()
    write_json(tmp_path / "cache" / "format.json", {"format": 1})
    (tmp_path / "cache" / "objects").symlink_to(tmp_path)
    assert cache.find("train", recipe()) is None
    assert "holds links" in said[0]
