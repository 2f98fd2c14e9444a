"""The template with a tag for each version: those of the changelog, this very tree, and the next one."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.execution.new.replacement import BELONGS
from operation.execution.template.notes import sections
from operation.execution.template.source import NOTE, VERSION, order, version_of
from operation.tests.clones import IDENTITY, git
from operation.tools import ROOT

THIS, NEXT = "98.0.0", "99.0.0"  # higher than any of ours
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
NEWEST = order(version_of((ROOT / NOTE).read_text(encoding="utf-8"), ""))  # a team's own versions may be higher
OURS = any(ROOT.glob(BELONGS.format("*")))  # a tree without the example follows no version of the template
RELEASES = [name for name, _ in sections(CHANGELOG) if OURS and VERSION.fullmatch(name) and order(name) <= NEWEST]
TEXT = (".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".ipynb", ".json")


@pytest.fixture(scope="session")
def template(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with a tag for each version, this tree and the next one among them."""
    folder = tmp_path_factory.mktemp("template") / "template.git"
    if git(repository, "rev-parse", "--is-shallow-repository").strip() == "true":
        git(folder.parent, "init", "--quiet", "--bare", str(folder))
    else:
        git(folder.parent, "clone", "--quiet", "--bare", "--shared", str(repository), str(folder))
        for version in RELEASES:
            publish_release(folder, version)
    publish(folder, repository, THIS, lambda _path, text: text)
    publish(folder, repository, NEXT, changed_in_the_template)
    return folder


@pytest.fixture(scope="session")
def types_cache(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what mypy keeps of this work tree, by the content of files: without, a clone takes it a minute."""
    folder, kept = tmp_path_factory.mktemp("mypy"), repository / "outputs" / "cache" / "mypy"
    for each in kept.glob("3.*"):  # by version of Python; the rest is of the tools
        shutil.copytree(each, folder / each.name)
    return folder


def publish_release(template: Path, version: str) -> None:
    """Tag the commit that wrote the section of the version, unless it has its tag."""
    if git(template, "tag", "--list", f"v{version}"):
        return
    words = ("log", "--reverse", "--format=%H", f"-S## [{version}]", "--", "CHANGELOG.md")
    if commits := git(template, *words).split():
        git(template, "tag", f"v{version}", commits[0])


def publish(template: Path, tree: Path, version: str, change: Callable[[str, str], str]) -> None:
    """Commit a work tree with changed texts to the template, under the tag of a version."""
    index = {**os.environ, "GIT_INDEX_FILE": str(template / f"index-{version}"), "GIT_DIR": str(template)}

    def ask(*words: str, text: str | None = None) -> str:
        command = ["git", *IDENTITY, *words]
        return subprocess.run(
            command, cwd=tree, env=index, input=text, capture_output=True, text=True, check=True
        ).stdout

    ask(f"--work-tree={tree}", "add", "--all")
    listed = [line.split(maxsplit=3) for line in ask("ls-files", "--stage").splitlines()]
    for mode, _, _, path in listed:
        if path.endswith((*TEXT, ".lock")):
            old = (tree / path).read_text(encoding="utf-8")
            new = f"version: {version}\n" if path == NOTE else change(path, old)
            if new != old:
                blob = ask("hash-object", "-w", "--stdin", text=new).strip()
                ask("update-index", "--cacheinfo", f"{mode},{blob},{path}")
    commit = ask("commit-tree", ask("write-tree").strip(), "-m", version).strip()
    ask("tag", f"v{version}", commit)


def changed_in_the_template(path: str, text: str) -> str:
    """Change what a later version might: code, pages, tools, comments and pins."""
    if path.startswith("configuration/"):
        return text.replace("# of the paired bootstrap", "# repetitions of the paired bootstrap")
    if path.endswith(".lock"):
        return f"{text}# newer\n"
    if path.endswith(".py") and path.startswith(("src/", "tools/")):
        return f"{text}\n# A line of the next version.\n" if text else text
    return f"{text}\nMore.\n" if path.startswith("docs/data/") and path.endswith(".md") else text
