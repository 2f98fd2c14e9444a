"""The commands of README, CONTRIBUTING and the how-to pages, as they stand there, in a fresh clone.

A page's commands run in one shell, in their order. The pages share the clone's environment and its cache; what else a
page has written is gone before the next. Two things differ from a user's clone: a sweep has two trials, and
`path/to/folder` is there, with the data of the default use case. Where the example was replaced, the default use case
is parcels: whether the gate refuses what a page trains, for instance, depends on the data.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from operation.execution.configuration.loading import load, use_cases
from operation.execution.configuration.sections import Data
from operation.execution.new.replacement import BELONGS
from operation.execution.pipelines.offered_use_cases import offer, offering
from operation.execution.tables.sources import find_files, find_source
from operation.tests import parcels
from operation.tests.clones import bare_python, commit_all, copy_work_tree, git
from operation.tests.documentation import Block, blocks, missing, pages, shell_script

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ACTIVATE = "source .venv/bin/activate"  # a page that does not say so takes it for granted
KEPT = (".nox", ".venv", "outputs")
SEPARATOR = "=====the=next=block====="
PAGES = [page for page in pages(ROOT) if any(block.runs for block in blocks(page.read_text(encoding="utf-8")))]


@dataclass(frozen=True)
class Clone:
    """A fresh clone, the data of its default use case, and the environment variables of a shell in it."""

    folder: Path
    data: Data
    environment: dict[str, str]

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run it in a shell; both streams are one, as on a terminal."""
        command = ["bash", "-c", script]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )

    def freshen(self) -> None:
        """Undo what a page has written, but for the environment and the cache."""
        git(self.folder, "clean", "-dfxq", *(f"--exclude=/{name}" for name in KEPT))
        git(self.folder, "checkout", "--quiet", ".")
        for path in (self.folder / "outputs").glob("*"):
            if path.is_file():
                path.unlink()
            elif path.name != "cache":
                shutil.rmtree(path)
        source = self.data.source  # where they may lie among much else
        for file in (file for table in self.data.tables for file in find_files(source, table)):
            copied = self.folder / "path" / "to" / "folder" / file.relative_to(find_source(source))
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copied)


@pytest.fixture(scope="module")
def clone(repository: Path, machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Clone:
    folder = tmp_path_factory.mktemp("clones") / "a clone"  # with a space, as folders of users have
    name = load().use_case
    if (repository / BELONGS.format(name)).is_file():
        copy_work_tree(repository, folder)
    else:
        name = put_parcels(folder, tmp_path_factory.mktemp("tables"))
    values = folder / "configuration" / "use_cases" / f"{name}.yaml"
    fewer, count = re.subn(r"^  trials: \d+", "  trials: 2", values.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count == 1
    values.write_text(fewer, encoding="utf-8")
    commit_all(folder)
    data = load(folder=folder / "configuration", scripts=folder / "src").data
    nobody = {"AZURE_CONFIG_DIR": str(tmp_path_factory.mktemp("azure"))}  # a login of the developer is not for tests
    made = Clone(folder, data, bare_python(machine | nobody, tmp_path_factory.mktemp("bin")))
    first = made.run("python tasks.py --list")
    assert first.returncode == 0, first.stdout
    return made


def put_parcels(folder: Path, tables: Path) -> str:
    """Copy the work tree with parcels in place of all use cases, their tables elsewhere; return their name."""
    parcels.copy_repository(folder)
    parcels.write_tables(tables)
    values = folder / "configuration" / "use_cases" / f"{parcels.NAME}.yaml"
    text = values.read_text(encoding="utf-8").replace("parcels-of-nobody", str(tables))
    # A gate that finds no model too good, and too few differences to refuse one.
    text = re.sub(r"  too_good:\n(    .*\n)+", "  too_good: {}\n", text).replace(
        "confidence: 0.95", "confidence: 0.999"
    )
    values.write_text(text, encoding="utf-8")
    for pipeline, offered in offering(folder):
        pipeline.write_text(offer(offered, parcels.NAME, use_cases()), encoding="utf-8")
    return parcels.NAME


def shown(page: list[Block]) -> list[str]:
    """For each block that runs, what the page shows of its output before the next one."""
    texts: list[str] = []
    for block in page:
        if block.runs:
            texts.append("")
        elif block.language == "output":
            texts[-1] += block.text
    return texts


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_the_commands_of_a_page_do_what_it_says(page: Path, clone: Clone) -> None:
    clone.freshen()
    text = page.read_text(encoding="utf-8")
    found = list(blocks(text))
    before = "" if ACTIVATE in text else f"{ACTIVATE}\n"
    ended = clone.run(before + shell_script(found, SEPARATOR))
    assert ended.returncode == 0, ended.stdout
    printed = ended.stdout.split(SEPARATOR)[1:]
    absent = [missing(text, each) for text, each in zip(shown(found), printed, strict=True)]
    assert not any(absent), f"not printed: {absent}, but:\n{ended.stdout}"
