"""What `invoke new --replace` makes of this repository: nothing names the example any more, and no link is dead.

The session adoption replaces it for real, and trains. A change of pages alone runs no more than this.
"""

import re
from pathlib import Path

import pytest

from operation.execution.new import writing
from operation.execution.new.replacement import plan_removal
from operation.tests.clones import copy_work_tree

LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")


@pytest.fixture(scope="module")
def replaced(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of this repository without its default use case, and the name of that."""
    root = tmp_path_factory.mktemp("replaced")
    copy_work_tree(repository, root)
    removal = plan_removal(root, "newcomers")
    writing.write({}, root, removal.changed, removal.deleted)
    return root, removal.name


# the example begins
TRACES = ("CHANGELOG.md", "docs/decisions/", "tools/")  # which say what was, or use the word for something else
PAGES = (".md", ".py", ".yml", ".yaml", ".toml", ".txt", ".json", ".ipynb")


def test_nothing_names_the_example_or_the_package_of_its_data(replaced: tuple[Path, str], repository: Path) -> None:
    root, former = replaced
    values = (repository / "configuration" / "use_cases" / f"{former}.yaml").read_text(encoding="utf-8")
    package = values.partition("source: ")[2].split()[0]
    word = re.compile(rf"\b({re.escape(former)}|{re.escape(package)})\b")
    texts = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.suffix in PAGES}
    named = [name for name, path in texts.items() if word.search(path.read_text(encoding="utf-8"))]
    assert [name for name in sorted(named) if not name.startswith(TRACES)] == []


# the example ends
def test_no_page_has_a_link_to_what_was_deleted(replaced: tuple[Path, str]) -> None:
    root, _ = replaced
    links = [(page, link) for page in root.rglob("*.md") for link in LINK.findall(page.read_text(encoding="utf-8"))]
    ours = [(page, link) for page, link in links if not link.startswith(("http", "mailto"))]
    deleted = [(page.name, link) for page, link in ours if not (page.parent / link).exists()]
    here = [(page, link) for page, link in deleted if "tools/" not in link and not link.endswith("newcomers.md")]
    assert [link for link in here if link[0] not in ("CHANGELOG.md",)] == []
