"""The cache gives back what was kept, whole and unchanged, or nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operation.execution.configuration.sections import ROOT
from operation.execution.file_hashes import HASHES, sign
from operation.execution.json_files import read_json, read_sealed, seal, write_json
from operation.execution.steps.cache import DAY, LOOKED_AT, Cache
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


def entries(cache_folder: Path) -> list[Path]:
    return sorted(cache_folder.glob("entries/*/*.json"))


@pytest.fixture
def entry(cache: Cache, made: Path, tmp_path: Path) -> Path:
    """The file of the one entry: of what was made."""
    cache.keep("train", recipe(), {"model": made}, "")
    (kept,) = entries(tmp_path / "cache")
    return kept


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


def test_a_damaged_entry_is_no_result(cache: Cache, entry: Path) -> None:
    entry.write_text(entry.read_text()[:100])
    assert cache.find("train", recipe()) is None


@pytest.mark.skipif(os.name != "posix", reason="a file system of POSIX has them")
def test_a_pipe_in_place_of_an_entry_is_no_result_and_holds_nothing_up(cache: Cache, entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry)
    assert cache.find("train", recipe()) is None
    assert list(cache.latest("train")) == []


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


def test_a_file_may_have_the_longest_name_that_there_is(cache: Cache, made: Path, tmp_path: Path) -> None:
    (made / ("a" * 100)).mkdir()
    (made / ("a" * 100) / ("b" * 154)).touch()
    cache.keep("train", recipe(), {"model": made}, "")
    assert cache.find("train", recipe())


def test_an_entry_is_readable_by_people(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "a note")
    (entry,) = (tmp_path / "cache" / "entries" / "train").iterdir()
    assert read_json(entry)["recipe"]["arguments"] == {"--seed": "1"}


@pytest.mark.parametrize("path", ["../../outside", "/outside", "a/../../outside", "..\\outside"])
def test_an_entry_that_leads_out_of_its_folder_is_not_taken(path: str, cache: Cache, entry: Path) -> None:
    values = read_sealed(entry)
    values["outputs"]["model"][path] = values["outputs"]["model"].pop("model.txt")
    write_json(entry, seal(values))
    assert cache.find("train", recipe()) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["outputs"]["model"].update({"a\0b": "0" * 64}),
        lambda entry: entry["outputs"]["model"].update({"a\ud800b": "0" * 64}),
        lambda entry: entry["outputs"]["model"].update({"": "0" * 64}),
        lambda entry: entry["outputs"]["model"].update({"a" * 256: "0" * 64}),
        lambda entry: entry["outputs"]["model"].update({"model.txt/a": "0" * 64}),
        lambda entry: entry["outputs"]["model"].update({"a": 5}),
        lambda entry: entry["outputs"].update({"model": ["model.txt"]}),
        lambda entry: entry.update({"outputs": None}),
        lambda entry: entry.update({"step": 5}),
    ],
    ids=[
        "null byte",
        "surrogate",
        "empty name",
        "long name",
        "file below a file",
        "number as hash",
        "list of files",
        "no outputs",
        "number as step",
    ],
)
def test_an_entry_of_another_form_is_no_result(
    change: Callable[[dict[str, Any]], object], cache: Cache, entry: Path
) -> None:
    values = read_sealed(entry)
    change(values)
    write_json(entry, seal(values))
    assert cache.find("train", recipe()) is None


@pytest.mark.parametrize(
    "forged",
    [
        Recipe(5, {}, {}, {}, {}),  # type: ignore[arg-type]  # as another program writes it
        Recipe({"--seed": "\x1b[2J"}, {}, {}, {}, {}),
        Recipe({}, {}, {}, {}, {"raw": None}),  # type: ignore[dict-item]
    ],
    ids=["number", "escape sequence", "input without files"],
)
def test_a_recipe_of_another_form_is_not_among_the_latest(forged: Recipe, cache: Cache, made: Path) -> None:
    cache.keep("train", forged, {"model": made}, "")
    assert [*cache.latest("train")] == []


def test_a_note_is_text_without_control_characters(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "ROC AUC .7\x1b[2J\r")
    found = cache.find("train", recipe())
    assert found is not None
    assert found.note == "ROC AUC .7[2J"
    (entry,) = entries(tmp_path / "cache")
    write_json(entry, seal({**read_sealed(entry), "note": 5}))
    changed = cache.find("train", recipe())
    assert changed is not None
    assert changed.note == "5"


@pytest.mark.parametrize("content", ['{"model.txt": "0"}', '{"model.onnx": "0"}', "{"])
def test_a_folder_that_its_own_hashes_contradict_is_not_taken(
    content: str, cache: Cache, made: Path, tmp_path: Path
) -> None:
    (made / HASHES).write_text(content)
    cache.keep("train", recipe(), {"model": made}, "")
    assert not take(cache, tmp_path / "taken")
    assert not (tmp_path / "taken").exists()
    assert cache.find("train", recipe()) is None


def test_a_folder_that_its_own_hashes_confirm_is_taken(cache: Cache, made: Path, tmp_path: Path) -> None:
    sign(made)
    cache.keep("train", recipe(), {"model": made}, "")
    assert take(cache, tmp_path / "taken")


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
@pytest.mark.parametrize("folder", ["entries", "entries/train", "objects", "objects/ab"])
def test_a_cache_in_which_everybody_can_write_a_folder_is_not_used(
    folder: str, cache: Cache, tmp_path: Path, said: list[str]
) -> None:
    place = tmp_path / "cache" / folder
    place.mkdir(parents=True)
    place.chmod(0o777)
    assert cache.find("train", recipe()) is None
    assert f"chmod o-w {place}" in said[0]


@pytest.mark.parametrize("edit", ["a digest", "no seal"])
def test_an_entry_that_was_edited_since_is_not_taken(edit: str, cache: Cache, entry: Path) -> None:
    values = read_json(entry)
    if edit == "no seal":
        del values["sha256"]
    else:
        (files,) = values["outputs"].values()
        files["copy.txt"] = next(iter(files.values()))  # an object that is there
    write_json(entry, values)
    assert cache.find("train", recipe()) is None


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_a_cache_that_a_group_can_write_is_used_with_a_word(
    cache: Cache, made: Path, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operation.execution.steps.cache.writers", lambda _: "the group team (remedy)")
    cache.keep("train", recipe(), {"model": made}, "")
    assert take(cache, tmp_path / "taken")
    place = tmp_path / "cache"
    assert said == [f"The cache {place} can be written by the group team (remedy), who can hand out forged results."]


@pytest.mark.parametrize("link", ["entries/train", "objects/ab"])
def test_a_cache_with_a_link_below_its_folders_is_not_used(
    link: str, cache: Cache, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "cache" / link).parent.mkdir(parents=True)
    (tmp_path / "cache" / link).symlink_to(tmp_path)
    assert cache.find("train", recipe()) is None
    assert "holds links" in said[0]


def test_a_digest_that_is_a_path_deletes_nothing(cache: Cache, entry: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.touch()
    values = read_sealed(entry)
    values["outputs"]["model"]["model.txt"] = str(precious)
    write_json(entry, seal(values))
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


def test_a_new_cache_says_its_version_and_is_made_in_folders_that_are_not_there(tmp_path: Path, made: Path) -> None:
    Cache(tmp_path / "a" / "b", print).keep("train", recipe(), {"model": made}, "")
    assert read_json(tmp_path / "a" / "b" / "format.json") == {"format": 1}
    assert take(Cache(tmp_path / "a" / "b", print), tmp_path / "taken")


def test_a_folder_that_is_there_becomes_a_cache(cache: Cache, made: Path, tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "cache").mkdir()
    cache.keep("train", recipe(), {"model": made}, "")
    assert take(cache, tmp_path / "taken")
    assert said == []


def test_an_object_is_in_the_folder_of_its_first_two_letters(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    assert [place.parent.name for place in objects(tmp_path / "cache")] == [
        place.name[:2] for place in objects(tmp_path / "cache")
    ]


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (
            lambda folder: write_json(folder / "format.json", {"format": 99}),
            "is of another version. To start afresh: invoke clean --cache",
        ),
        (lambda folder: (folder / "format.json").mkdir(), "cannot be used: "),
        (
            lambda folder: (folder / "objects").symlink_to(folder),
            "holds links, which may lead anywhere. Replace them by folders",
        ),
    ],
    ids=["version", "folder", "links"],
)
def test_why_a_cache_is_not_used_is_said_once(
    prepare: Callable[[Path], object], message: str, cache: Cache, made: Path, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "cache").mkdir()
    prepare(tmp_path / "cache")
    cache.keep("train", recipe(), {"model": made}, "")
    assert cache.find("train", recipe()) is None
    assert not (tmp_path / "cache" / "entries").exists()
    (line,) = said
    assert line.startswith(f"The cache {tmp_path / 'cache'} {message}")
    assert line.endswith(". Every step runs, and nothing is kept.")


def test_what_was_kept_before_a_cache_became_unusable_is_not_found(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    write_json(tmp_path / "cache" / "format.json", {"format": 99})
    assert Cache(tmp_path / "cache", lambda _: None).find("train", recipe()) is None


def test_outputs_with_other_names_are_not_taken(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    entry = cache.find("train", recipe())
    assert entry is not None
    assert not cache.take(entry, {"another": tmp_path / "taken"})
    assert not (tmp_path / "taken").exists()


def test_outputs_are_taken_into_folders_that_are_not_there(cache: Cache, tmp_path: Path) -> None:
    deep = tmp_path / "made" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "c.txt").write_text("c")
    cache.keep("train", recipe(), {"model": tmp_path / "made"}, "")
    (tmp_path / "run").mkdir()
    assert take(cache, tmp_path / "run" / "model")
    assert (tmp_path / "run" / "model" / "a" / "b" / "c.txt").read_text() == "c"


def test_what_a_killed_run_left_is_not_mixed_with_what_is_taken(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    (tmp_path / ".model.taken").mkdir()
    (tmp_path / ".model.taken" / "foreign").touch()
    assert take(cache, tmp_path / "taken")
    assert sorted(path.name for path in (tmp_path / "taken").iterdir()) == ["model.txt", "plots"]


def test_an_entry_that_another_process_has_deleted_meanwhile_is_taken_all_the_same(
    cache: Cache, made: Path, tmp_path: Path
) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    entry = cache.find("train", recipe())
    assert entry is not None
    entries(tmp_path / "cache")[0].unlink()
    assert cache.take(entry, {"model": tmp_path / "taken"})


def test_an_entry_and_an_object_that_are_both_gone_are_no_result(
    cache: Cache, made: Path, tmp_path: Path, said: list[str]
) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    entry = cache.find("train", recipe())
    assert entry is not None
    for place in (*entries(tmp_path / "cache"), *objects(tmp_path / "cache")):
        place.unlink()
    assert not cache.take(entry, {"model": tmp_path / "taken"})
    assert said == []


def test_a_place_that_cannot_be_written_is_named_and_the_step_runs(
    cache: Cache, made: Path, tmp_path: Path, said: list[str]
) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    (tmp_path / "file").touch()
    assert not take(cache, tmp_path / "file" / "taken")
    assert said[0].startswith(f"The cache {tmp_path / 'cache'} cannot be read: [Errno ")


def test_a_cache_that_cannot_be_written_any_more_is_named(
    cache: Cache, made: Path, tmp_path: Path, said: list[str]
) -> None:
    cache.find("train", recipe())
    (tmp_path / "cache" / "objects").touch()
    assert cache.keep("train", recipe(), {"model": made}, "")["model"].keys() == {"model.txt", "plots/roc.png"}
    assert said[0].startswith(f"The cache {tmp_path / 'cache'} cannot be written: [Errno ")


def test_the_latest_entries_of_a_step_come_first_and_only_so_many(cache: Cache, made: Path, tmp_path: Path) -> None:
    for seed in range(LOOKED_AT + 2):
        cache.keep("train", recipe(seed), {"model": made}, str(seed))
    cache.keep("evaluate", recipe(), {"model": made}, "of another step")
    times = {str(seed): (seed * 7) % (LOOKED_AT + 2) for seed in range(LOOKED_AT + 2)}
    for file in (tmp_path / "cache" / "entries" / "train").iterdir():
        os.utime(file, (times[read_json(file)["note"]],) * 2)
    newest = sorted(times, key=times.__getitem__, reverse=True)
    assert [entry.note for entry in cache.latest("train")] == newest[:LOOKED_AT]
    assert [*Cache(tmp_path / "cache", print).latest("prepare")] == []


def test_trimming_says_how_many_bytes_it_freed_and_leaves_what_others_write(
    cache: Cache, made: Path, tmp_path: Path
) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    place = objects(tmp_path / "cache")[0].parent
    new, old = (f".{'e' * 64}.{digit * 32}" for digit in "01")
    sizes = {new: 10, old: 200, "f" * 64: 3000}
    for name, size in sizes.items():
        (place / name).write_bytes(bytes(size))
    os.utime(place / old, (time.time() - 2 * DAY,) * 2)
    assert cache.trim(days=None, megabytes=None) == 3200
    assert (place / new).exists()
    assert take(cache, tmp_path / "taken")


@pytest.mark.parametrize("link", ["entries", "entries/zz", "objects", "objects/zz"])
def test_trimming_deletes_nothing_through_a_link(link: str, cache: Cache, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "below").mkdir(parents=True)
    theirs = [folder / f"{'f' * 64}{end}" for folder in (elsewhere, elsewhere / "below") for end in ("", ".json")]
    for file in theirs:
        file.touch()
        os.utime(file, (0, 0))
    (tmp_path / "cache" / link).parent.mkdir(parents=True)
    (tmp_path / "cache" / link).symlink_to(elsewhere)
    assert cache.trim(days=1, megabytes=None) == 0
    assert all(file.exists() for file in theirs)


@pytest.mark.parametrize("name", ["entries/train/notes.json", "objects/ab/thesis.txt", "objects/ab/.mine"])
def test_trimming_leaves_files_of_other_names(name: str, cache: Cache, tmp_path: Path) -> None:
    theirs = tmp_path / "cache" / name
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    os.utime(theirs, (0, 0))
    cache.trim(days=1, megabytes=None)
    assert theirs.exists()


@pytest.mark.parametrize("folder", [f"entries/train/{'f' * 64}.json", f"objects/ff/{'f' * 64}"])
def test_a_folder_is_no_file_to_trim_whatever_its_name(folder: str, cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "cache" / folder).mkdir(parents=True)
    assert cache.trim(days=None, megabytes=0) == 0
    assert (tmp_path / "cache" / folder).is_dir()


@pytest.mark.parametrize(("last", "kept"), [(500_000, 2), (500_001, 1)])
def test_entries_that_fit_to_the_byte_are_kept(last: int, kept: int, cache: Cache, tmp_path: Path) -> None:
    for seed, size in enumerate((500_000, last)):
        (tmp_path / f"made-{seed}").mkdir()
        (tmp_path / f"made-{seed}" / "model.txt").write_bytes(bytes([seed]) * size)
        cache.keep("train", recipe(seed), {"model": tmp_path / f"made-{seed}"}, "")
    cache.trim(days=None, megabytes=1)
    assert len(entries(tmp_path / "cache")) == kept


def test_of_entries_that_do_not_fit_the_last_used_stays_whatever_its_name(cache: Cache, tmp_path: Path) -> None:
    for seed in range(6):
        (tmp_path / f"made-{seed}").mkdir()
        (tmp_path / f"made-{seed}" / "model.txt").write_bytes(bytes([seed]) * 900_000)
        cache.keep("train", recipe(seed), {"model": tmp_path / f"made-{seed}"}, "")
    for age, file in enumerate(entries(tmp_path / "cache")):
        os.utime(file, (time.time() - age * 60,) * 2)
    first = entries(tmp_path / "cache")[0]
    cache.trim(days=None, megabytes=1)
    assert entries(tmp_path / "cache") == [first]


def test_a_damaged_entry_holds_nothing_when_trimming(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    entries(tmp_path / "cache")[0].write_text("{")
    assert cache.trim(days=None, megabytes=None) > 0
    assert objects(tmp_path / "cache") == []


def test_a_cache_is_cleared_and_nothing_else(cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    (tmp_path / "cache" / "mine").touch()
    cache.clear()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["mine"]
    (tmp_path / "cache" / "mine").unlink()
    cache.clear()
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["entries/train/notes.json", "objects/ab/thesis.txt", "objects/mine.txt"])
def test_clearing_leaves_files_of_other_names(name: str, cache: Cache, made: Path, tmp_path: Path) -> None:
    cache.keep("train", recipe(), {"model": made}, "")
    theirs = tmp_path / "cache" / name
    theirs.parent.mkdir(exist_ok=True)
    theirs.touch()
    cache.clear()
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [theirs]


def test_trimming_deletes_what_a_killed_process_left_of_an_entry_and_no_newer(cache: Cache, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "entries" / "train"
    folder.mkdir(parents=True)
    new, old = (folder / f".{'e' * 64}.json.{digit * 32}" for digit in "01")
    for file in (new, old):
        file.touch()
    os.utime(old, (0, 0))
    cache.trim(days=1, megabytes=0)
    assert [*folder.iterdir()] == [new]


def test_a_linked_cache_is_emptied_and_the_link_stays(made: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "real")
    cache = Cache(tmp_path / "cache", print)
    cache.keep("train", recipe(), {"model": made}, "")
    cache.clear()
    assert (tmp_path / "cache").is_symlink()
    assert [*(tmp_path / "real").iterdir()] == []
