"""Small pipelines in a repository of their own, really executed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.git import git
from azure_pipelines_local.running.work.run_pipeline import run_and_say
from helpers.projects import project_at

IDENTITY = ("-c", "user.name=A developer", "-c", "user.email=developer@example.org", "-c", "commit.gpgsign=false")


@dataclass
class Ran:
    """The outcome of a run: its output, its folder, which does not exist if nothing started, and why it failed."""

    shown: str
    folder: Path
    failure: str

    def log(self, job: str, step: int) -> str:
        """Return all that a step printed."""
        return (self.folder / "logs" / job / f"{step:02}.txt").read_text(encoding="utf-8")

    def result(self, job: str) -> str:
        """Return the result of a job, or of a stage that was skipped, in the table at the end."""
        rows = (line.split() for line in self.shown.partition("Run 2")[2].splitlines())
        return next(row[row.index(job) + 1] for row in rows if job in row)


Execute = Callable[..., Ran]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository, on the branch main."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / ".gitignore").write_text("/outputs/\n", encoding="utf-8")
    return folder


@pytest.fixture
def execute(repository: Path, capsys: pytest.CaptureFixture[str]) -> Execute:
    """Commit the pipeline with the other files, and run it."""

    def run(pipeline: str, files: dict[str, str] | None = None, **options: object) -> Ran:
        for name, text in {"pipeline.yml": pipeline, **(files or {})}.items():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_text(text, encoding="utf-8")
        git(repository, "add", ".")
        git(repository, *IDENTITY, "commit", "--quiet", "--allow-empty", "--message", "Add a pipeline")
        failure = ""
        try:
            run_and_say(project_at(repository), "pipeline.yml", **options)  # type: ignore[arg-type]  # its own names
        except PipelinesLocalError as error:
            failure = str(error)
        runs = sorted((repository / "outputs" / "ado").glob("2*"), key=lambda folder: folder.stat().st_mtime_ns)
        return Ran(capsys.readouterr().out, runs[-1] if runs else repository / "no run", failure)

    return run


def steps(*lines: str) -> str:
    """Write a pipeline of one job with these steps, each in one line of YAML."""
    return "steps:\n- checkout: none\n" + "".join(f"- {line}\n" for line in lines)


def task(name: str, *inputs: str) -> str:
    """Write a step of the task with these inputs, in one line of YAML."""
    return f"{{task: {name}, inputs: {{{', '.join(inputs)}}}}}"
