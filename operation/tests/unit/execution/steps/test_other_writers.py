"""Who else may write into a folder is named: its owner, or a group with others in it."""

import os
import stat
from pathlib import Path

import pytest

from operation.execution.steps.other_writers import writers

grp = pytest.importorskip("grp", reason="rights are those of POSIX")


ME = 1234


@pytest.mark.parametrize(
    ("mode", "owner", "group", "named"),
    [
        (0o775, 0, 7777, "the group 7777 (remedy, unless you share it: chmod g-w"),
        (0o755, 0, 7777, None),
        (0o755, ME, 7777, None),
        (0o755, 4321, 7777, "its owner, user 4321 (remedy: a backend.cache of your own)"),
    ],
    ids=["group", "root alone", "nobody else", "owner"],
)
def test_who_else_may_write_a_cache_is_named(
    mode: int,
    owner: int,
    group: int,
    named: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = list(tmp_path.stat())
    state[0], state[4], state[5] = stat.S_IFDIR | mode, owner, group
    monkeypatch.setattr(Path, "stat", lambda *_, **__: os.stat_result(state))
    monkeypatch.setattr(os, "getuid", lambda: ME)
    found = writers(tmp_path)
    assert bool(found) is bool(named)
    assert (found or "").startswith(named or "")


@pytest.mark.parametrize(("members", "warned"), [([], False), (["me"], False), (["you"], True)])
def test_the_group_of_one_user_alone_is_nobody_else(
    members: list[str], warned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o770)
    monkeypatch.setattr("operation.execution.steps.other_writers.pwd.getpwuid", lambda _: ["me"])
    groups = {tmp_path.stat().st_gid: grp.struct_group(("me", "x", 1, members))}
    monkeypatch.setattr("operation.execution.steps.other_writers.grp.getgrgid", groups.__getitem__)
    assert (writers(tmp_path) is not None) is warned
