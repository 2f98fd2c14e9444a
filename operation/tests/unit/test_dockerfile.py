"""The Dockerfile: linted, from the lock, as nobody, and with what src/serve.py has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import serve

HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.fixture
def dockerfile(repository: Path) -> Path:
    return repository / "operation" / "configuration" / "Dockerfile"


def lint(path: Path) -> str:
    return subprocess.run([HADOLINT, path], capture_output=True, text=True, check=False).stdout


def test_hadolint_finds_nothing(dockerfile: Path) -> None:
    assert lint(dockerfile) == ""


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        (":3.11.14-slim-bookworm", ":latest", "DL3007"),
        ("COPY src/serve.py", "ADD src/serve.py", "DL3020"),
        ("USER 10001", "USER root", "DL3002"),
    ],
    ids=["unpinned", "added", "root"],
)
def test_hadolint_finds_what_is_planted(dockerfile: Path, tmp_path: Path, good: str, bad: str, rule: str) -> None:
    planted = tmp_path / "Dockerfile"
    planted.write_text(dockerfile.read_text().replace(good, bad))
    assert rule in lint(planted)


def test_it_copies_what_exists_and_its_ignore_file_lets_through(dockerfile: Path, repository: Path) -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile.read_text(), re.MULTILINE)
    let_through = re.findall(r"^!(\S+)$", dockerfile.with_name("Dockerfile.dockerignore").read_text(), re.MULTILINE)
    for path in copied:
        assert path == "${MODEL}" or (repository / path).exists()
        assert path == "${MODEL}" or path.partition("/")[0] in let_through


def test_its_command_line_is_one_that_the_server_takes(dockerfile: Path) -> None:
    (words,) = re.findall(r'/app/serve\.py (.*?) \\"\$@', dockerfile.read_text())
    arguments = serve.parser().parse_args([word.strip('\\"') for word in words.split()])
    assert (str(arguments.model), arguments.host, arguments.port) == ("/model", "0.0.0.0", 8000)  # noqa: S104


def test_the_page_logs_where_the_user_of_the_image_may_write(dockerfile: Path, repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "serve.md").read_text(encoding="utf-8")
    (place,) = re.findall(r"^docker run .*--request-log (\S+)", page, re.MULTILINE)
    assert f"install --directory --owner=10001 {place}\n" in dockerfile.read_text()
