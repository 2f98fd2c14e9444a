"""What cannot be updated is refused in one line that says what to do, and nothing is changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.template.template import Asked, run
from operation.tests.clones import git
from operation.tests.integration.execution.template.conftest import TEXT, commit, put, update

Break = Callable[[Path, Path], Asked]


def asked(adopted: Path, template: Path, **more: str) -> Asked:
    given = {"source": str(template), "into": str(adopted)} | more
    return Asked(update=True if "tag" not in more else given.pop("tag"), yes=True, **given)


def shallow(adopted: Path, template: Path) -> Asked:
    put(adopted, {"docs/page.md": TEXT})
    put(adopted, {"docs/new.md": TEXT})
    commit(adopted)
    clone = adopted.with_name("shallow")
    git(adopted, "clone", "--quiet", "--depth=1", f"file://{adopted}", str(clone))
    return asked(clone, template)


def dirty(adopted: Path, template: Path) -> Asked:
    put(adopted, {"docs/page.md": "changed\n"})
    return asked(adopted, template)


def untracked(adopted: Path, template: Path) -> Asked:
    put(adopted, {"docs/new.md": "new\n", "docs/newer.md": "new\n"})
    return asked(adopted, template)


def without_tag(adopted: Path, template: Path) -> Asked:
    return asked(adopted, template, tag="v9.9.9")


def never_adopted(adopted: Path, template: Path) -> Asked:
    shutil.rmtree(adopted)
    adopted.mkdir()
    git(adopted, "init", "--quiet")
    put(adopted, {"README.md": "Of another project.\n"})
    commit(adopted)
    return asked(adopted, template)


def of_another_template(adopted: Path, template: Path) -> Asked:
    never_adopted(adopted, template)
    put(adopted, {".template.yaml": "version: 0.1.0\n"})
    commit(adopted)
    return asked(adopted, template)


def of_a_version_without_tag(adopted: Path, template: Path) -> Asked:
    put(adopted, {".template.yaml": "version: 0.0.9\n"})
    commit(adopted)
    return asked(adopted, template)


def no_repository(adopted: Path, template: Path) -> Asked:
    shutil.rmtree(adopted / ".git")
    return asked(adopted, template)


def without_source(adopted: Path, template: Path) -> Asked:
    del template
    return Asked(update=True, into=str(adopted), yes=True)


def source_not_there(adopted: Path, template: Path) -> Asked:
    return asked(adopted, template, source=str(adopted.with_name("nowhere")))


def source_without_tags(adopted: Path, template: Path) -> Asked:
    del template
    return asked(adopted, adopted)


def damaged_archive(adopted: Path, template: Path) -> Asked:
    archive = adopted.with_name("template.tar.gz")
    archive.write_bytes(b"\x1f\x8b no archive")
    return asked(adopted, template, source=str(archive))


def archive_of_something_else(adopted: Path, template: Path) -> Asked:
    archive = adopted.with_name("other.zip")
    git(template, "archive", "--output", str(archive), "v0.2.0", "docs")
    return asked(adopted, template, source=str(archive))


def older(adopted: Path, template: Path) -> Asked:
    put(adopted, {".template.yaml": "version: 0.2.0\n"})
    commit(adopted)
    return asked(adopted, template, tag="v0.1.0")


def branch_there(adopted: Path, template: Path) -> Asked:
    git(adopted, "branch", "template-0.2.0")
    return asked(adopted, template)


def damaged_note(adopted: Path, template: Path) -> Asked:
    put(adopted, {".template.yaml": "version: [1]\n"})
    commit(adopted)
    return asked(adopted, template)


def folder_not_there(adopted: Path, template: Path) -> Asked:
    return asked(adopted, template, into=str(adopted / "nowhere"))


def both(adopted: Path, template: Path) -> Asked:
    return Asked(plan=True, update=True, source=str(template), into=str(adopted))


def neither(adopted: Path, template: Path) -> Asked:
    return Asked(source=str(template), into=str(adopted))


def agreed_plan(adopted: Path, template: Path) -> Asked:
    return Asked(plan=True, yes=True, source=str(template), into=str(adopted))


BROKEN: dict[Break, str] = {
    shallow: r"shallow is a shallow clone, .* git fetch --unshallow",
    dirty: r"^docs/page.md has changes that are in no commit. Commit or stash them",
    untracked: r"^docs/new.md and 1 more has changes that are in no commit",
    without_tag: r"has no tag v9.9.9. Choose one of: v0.1.0, v0.2.0\.$",
    never_adopted: r"was never adopted from this template: it has no .template.yaml and shares .* --from v0.1.0",
    of_another_template: r"was never adopted from this template: of the 25 files that v0.1.0 of .* has, 0 are here",
    of_a_version_without_tag: r"has no tag v0.0.9, the version of this repository.* --from: v0.1.0, v0.2.0",
    no_repository: r"is not a git repository with a commit",
    without_source: r"^Nothing says where the template is. Give --source",
    source_not_there: r"nowhere failed: .*does not appear to be a git repository",
    source_without_tags: r"has no tag such as v0.1.0. Give another --source",
    damaged_archive: r"template.tar.gz cannot be unpacked",
    archive_of_something_else: r"other.zip is not a version of this template",
    older: r"has 0.2.0 already, and v0.1.0 is older",
    branch_there: r"There is a branch template-0.2.0 already. Merge it, or delete it",
    damaged_note: r"^.template.yaml must have `version` and `source`",
    folder_not_there: r"^--into .*nowhere: there is no such folder",
    both: r"^Give --plan .* or --update",
    neither: r"^Give --plan .* or --update",
    agreed_plan: r"^--plan changes nothing, so --yes has no effect",
}


@pytest.mark.parametrize("breaking", BROKEN, ids=lambda each: each.__name__)
def test_what_cannot_be_updated_is_one_line_and_changes_nothing(breaking: Break, adopted: Path, template: Path) -> None:
    given = breaking(adopted, template)
    before = state(adopted)
    with pytest.raises(OperationError, match=BROKEN[breaking]) as raised:
        run(given)
    assert "\n" not in str(raised.value)
    assert state(adopted) == before


def state(root: Path) -> list[tuple[str, bytes]]:
    """Every file of the folder, git's own among them, but for the times that it keeps of files."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "index")
    return sorted((str(path), path.read_bytes()) for path in files)


@pytest.mark.parametrize(("printed", "found"), [("git version 2.37.9", "2.37.9"), ("git version 1.9.1", "1.9.1")])
def test_a_git_that_is_too_old_is_refused_with_the_version_that_is_needed(
    printed: str, found: str, adopted: Path, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("git")
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {printed} && exit\nexec {real} "$@"\n', encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(OperationError, match=rf"^git version {found} is too old: .* needs git 2.38 or later"):
        run(asked(adopted, template))


def test_an_identity_that_git_does_not_know_stops_it_before_anything_is_written(
    adopted: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(adopted, "config", "user.name", "")
    git(adopted, "config", "user.useConfigOnly", "true")
    with pytest.raises(OperationError, match="git"):
        update(adopted, {}, template)
    assert git(adopted, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]
