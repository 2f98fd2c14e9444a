"""Whatever is changed, in whatever order, by however many: what is reused equals what a clean run puts out."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from operation.execution.backends.local.runs import Runs
from operation.execution.configuration.sections import ROOT
from operation.execution.steps.cache import Cache
from operation.execution.steps.imported_code import imports
from operation.execution.steps.recipe import Hashes, hash_folder
from operation.execution.steps.scheduler import Machine
from operation.execution.values import Step

SCRIPT = """
import sys
from pathlib import Path
from rules import RULE
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
output = Path(options.pop("--output"))
output.mkdir()
read = [Path(value, "text").read_text() for option, value in options.items() if option != "--word"]
(output / "text").write_text(f"{options['--word']} {RULE} {read}")
"""
SHARER = """
import sys
from pathlib import Path
from operation.execution.steps.cache import Cache
from operation.execution.steps.recipe import Recipe
folder, own = Path(sys.argv[1]), Path(sys.argv[1], sys.argv[2])
cache = Cache(folder / "cache", lambda text: sys.exit(text))
for round in range(40):
    recipe, made = Recipe({"--round": str(round)}, {}, {}, {}, {}), own / f"made-{round}"
    entry = cache.find("train", recipe)
    if not (entry and cache.take(entry, {"model": made})):
        made.mkdir(parents=True)
        (made / "model.txt").write_text(f"{round}" * 10_000)
        cache.keep("train", recipe, {"model": made}, "")
    assert (made / "model.txt").read_text() == f"{round}" * 10_000
    if round % 10 == 5:
        cache.trim(days=None, megabytes=0.1)
"""
NUMBERS = count()
Change = Callable[["Repository"], None]


class Repository:
    """Two scripts, a module that one of them imports, data, a word for each step; and a cache that outlives a run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.words = folder, {"prepare": "a", "train": "a"}
        for name in ("src", "raw"):
            (folder / name).mkdir()
        for name in ("prepare", "train"):
            (folder / "src" / f"{name}.py").write_text(SCRIPT)
        (folder / "requirements.lock").touch()
        self.write("src/rules.py", "RULE = 1")
        self.write("raw/text", "a")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def step(self, name: str, reads: str, writes: str) -> Step:
        arguments = {"--word": (self.words[name],)}
        return Step(name, f"src/{name}.py", arguments, {"--data": reads}, {"--output": writes})

    def run(self, cache: Path) -> dict[str, Hashes]:
        """The hashes of what every step put out."""
        imports.cache_clear()  # a process reads each module once
        machine = Machine(self.folder, Cache(cache, print), threads=1)
        runs = Runs(self.folder / f"runs-{next(NUMBERS)}", machine)
        steps = [self.step("prepare", "raw", "prepared"), self.step("train", "prepared", "model")]
        run = runs.wait(runs.submit(steps, {"raw": self.folder / "raw"}), lambda event: None)
        assert run.status == "completed", run.failure
        return {name: hash_folder(run.folder / name) for name in ("prepared", "model")}


def word(step: str, value: str) -> Change:
    return lambda repository: repository.words.update({step: value})


def file(name: str, text: str) -> Change:
    return lambda repository: repository.write(name, text)


def rot(repository: Repository) -> None:
    for each in (repository.folder / "cache").glob("objects/*/*"):
        each.write_text("rotten")


CHANGES: dict[str, Change] = {
    **{f"{step} {value}": word(step, value) for step in ("prepare", "train") for value in "ab"},
    **{f"rule {value}": file("src/rules.py", f"RULE = {value}") for value in "12"},
    **{f"data {value}": file("raw/text", value) for value in "ab"},
    "comment": file("src/train.py", f"# the same\n{SCRIPT}"),
    "rotten cache": rot,
}


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3))
def test_a_reused_result_equals_a_clean_run(changes: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder))
        repository.run(Path(folder, "cache"))
        for change in changes:
            CHANGES[change](repository)
            reused = repository.run(Path(folder, "cache"))
            clean = repository.run(Path(folder, "clean"))
            shutil.rmtree(Path(folder, "clean"))
            assert reused == clean


def test_many_processes_that_share_a_cache_all_get_whole_results(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    commands = [[sys.executable, "-c", SHARER, str(tmp_path), name] for name in "abc"]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for command in commands]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in processes] == [("", 0)] * 3
