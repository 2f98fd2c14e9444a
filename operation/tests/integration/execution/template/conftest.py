"""A small template with three versions, and repositories that were adopted from the first by copying its files."""

import shutil
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from operation.execution.template.template import Asked, run
from operation.tests.clones import IDENTITY, git

NOTE = 'version: {}\nsource: ""\n'
SETUP = 'setup(name="azure-mlops-template", version="{}")\nREQUIREMENTS = [{}]\n'
TEXT = "".join(f"line {number}\n" for number in range(1, 21))
VALUES = """\
use_case: parcels
seed: 1          # drawn
gate:
  confidence: 0.95   # of the interval
  metric: roc_auc    # compared
limits:
  - one
"""
LOCK = "invoke==1.0 \\\n    --hash=sha256:00\n"
FIRST: dict[str, str | None] = {
    ".template.yaml": NOTE.format("0.1.0"),
    "setup.py": SETUP.format("0.1.0", '"invoke>=1"'),
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n* The first.\n",
    "configuration/configuration.yaml": VALUES,
    "configuration/use_cases/parcels.yaml": "data:\n  source: here\n",
    "docs/page.md": TEXT,
    "docs/other.md": TEXT,
    "docs/unchanged.md": TEXT,
    "docs/old.md": TEXT,
    "docs/data/parcels.md": "See src/parcels/data.py.\n",
    "environment.yml": "name: template\n  - pip:\n      - invoke==1.0\n",
    "notebooks/first.md": "A notebook.\n",
    "notes/one.md": f"One.\n{TEXT}",
    "notes/two.md": f"Two.\n{TEXT}",
    "noxfile.py": "",
    "pyproject.toml": "",
    "requirements.lock": LOCK,
    "src/parcels/__init__.py": "",
    "src/parcels/data.py": f"from parcels.schema import KEYS\n{TEXT}",
    "src/parcels/schema.py": f"KEYS = []\n{TEXT}",
    "src/parcels/use_case.py": f"TASK = 'binary'\n{TEXT}",
    "src/train.py": f"from parcels import data\n{TEXT}",
    "tools/one/pyproject.toml": "version = 1\n",
    "tools/one/code.py": "ONE = 1\n",
    "tools/two/pyproject.toml": "version = 1\n",
}
SECOND: dict[str, str | None] = {
    ".template.yaml": NOTE.format("0.2.0"),
    "setup.py": SETUP.format("0.2.0", '"invoke>=1"'),
    "CHANGELOG.md": (
        "# Changelog\n\n## [Unreleased]\n* Not yet.\n\n## [0.2.0] - 2026-02-01\n* The second.\n\n### By hand\n"
        "* Train the champion again.\n\n## [0.1.0] - 2026-01-01\n* The first.\n"
    ),
    "configuration/configuration.yaml": (
        VALUES.replace("drawn", "of all that is drawn").replace("0.95 ", "0.90 ").replace("compared", "to compare")
    ),
    "docs/page.md": TEXT.replace("line 2\n", "line 2 of the template\n"),
    "docs/other.md": TEXT.replace("line 2\n", "line 2 of the template\n"),
    "docs/old.md": None,
    "docs/data/parcels.md": "See src/parcels/data.py and src/parcels/schema.py.\n",
    "environment.yml": "name: template\n  - pip:\n      - invoke==2.0\n",
    "notebooks/second.md": "Another.\n",
    "notes/one.md": f"One of the template.\n{TEXT}",
    "notes/three.md": "Three.\n",
    "requirements.lock": LOCK.replace("1.0", "2.0"),
    "src/parcels/data.py": f"from parcels.schema import KEYS\n{TEXT}".replace("line 3\n", "line 3 of the template\n"),
    "src/parcels/later.py": "from parcels.schema import KEYS\n",
    "src/score.py": "from parcels import later\n",
    "tools/one/code.py": "ONE = 2\n",
    "tools/one/later.py": "LATER = 1\n",
    "tools/two/pyproject.toml": "version = 2\n",
    "tools/three/pyproject.toml": "version = 1\n",
}


def put(root: Path, files: Mapping[str, str | None]) -> None:
    """Write files, and delete those without a text."""
    for path, text in files.items():
        if text is None:
            (root / path).unlink()
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")


def commit(root: Path, message: str = "Change") -> None:
    """Commit all that there is."""
    git(root, "add", "--all")
    git(root, *IDENTITY, "commit", "--quiet", "--message", message)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the template, with a tag for each version, one of a tool, and one that is no version."""
    root = tmp_path_factory.mktemp("template")
    git(root, "init", "--quiet", "--initial-branch=main")
    for tag, files in (("v0.1.0", FIRST), ("v0.2.0", SECOND)):
        put(root, files)
        commit(root)
        git(root, "tag", tag)
    git(root, "tag", "one-9.0.0")
    git(root, "tag", "latest")
    return root


@pytest.fixture(scope="session")
def _adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("adopted")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "A team")
    git(root, "config", "user.email", "team@example.org")
    put(root, FIRST)
    commit(root, "Copy the template")
    return root


@pytest.fixture
def adopted(_adopted: Path, tmp_path: Path) -> Path:
    """A repository with the files of the first version, and none of the template's history."""
    return shutil.copytree(_adopted, tmp_path / "adopted")


@dataclass(frozen=True)
class Updated:
    """A repository after an update, on the branch of that, and what was printed."""

    root: Path
    printed: str

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self.root / path).read_text(encoding="utf-8")

    def lists(self, path: str, why: str, command: str) -> bool:
        """Whether the file is listed as one that a person has to look at."""
        return f"\n  {path}  ({why})  {command}\n" in self.printed


def update(root: Path, files: Mapping[str, str | None], source: Path) -> Updated:
    """Commit what the team changes, update to the newest version, and switch to the new branch."""
    if files:
        put(root, files)
        commit(root)
    with redirect_stdout(StringIO()) as printed:
        run(Asked(update=True, source=str(source), into=str(root), yes=True))
    (branch,) = git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads/template-*").split()
    git(root, "switch", "--quiet", branch)
    return Updated(root, printed.getvalue())
