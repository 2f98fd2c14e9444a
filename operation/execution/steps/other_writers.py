"""Say who else than this user may write into a folder."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import grp
    import pwd


def writers(folder: Path) -> str | None:
    """Say who else may write into a folder: its owner, or a group of others; None if nobody is known to."""
    if sys.platform == "win32":
        return None
    state, me = folder.stat(), os.getuid()
    if state.st_uid not in (me, 0):
        return f"its owner, user {_name(pwd.getpwuid, state.st_uid)} (remedy: a backend.cache of your own)"
    group = _name(grp.getgrgid, state.st_gid)
    # Many systems give each user a group of the same name, in which nobody else is.
    if not state.st_mode & stat.S_IWGRP or (group == _name(pwd.getpwuid, me) and not _members(state.st_gid) - {group}):
        return None
    return f"the group {group} (remedy, unless you share it: chmod g-w {folder})"


def _name(find: Callable[[int], Any], number: int) -> str:
    """Name a user or a group; containers often have no names."""
    try:
        return str(find(number)[0])
    except KeyError:
        return str(number)


def _members(group: int) -> set[str]:
    try:
        return set(grp.getgrgid(group).gr_mem)
    except KeyError:
        return set()
