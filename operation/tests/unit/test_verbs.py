"""How a task ends when something is wrong."""

import errno
import os

import pytest
from invoke.context import Context
from invoke.exceptions import Exit

from operation.errors import OperationError
from operation.verbs import verb


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (OperationError("the offender and the remedy"), 1, "the offender and the remedy"),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a/file"), 1, "No space left on device: a/file"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "a/file"), 1, "Permission denied: a/file"),
    ],
    ids=["operation", "interrupt", "disk-full", "forbidden"],
)
def test_what_the_user_can_mend_is_a_message_and_an_exit_code(error: BaseException, code: int, message: str) -> None:
    @verb()
    def broken(_context: Context) -> None:
        """Break."""
        raise error

    with pytest.raises(Exit) as raised:
        broken(Context())
    assert raised.value.code == code
    assert message in str(raised.value)


@pytest.mark.parametrize("bug", [ValueError("a bug"), FileNotFoundError(errno.ENOENT, "gone", "x")])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    @verb()
    def broken(_context: Context) -> None:
        """Break."""
        raise bug

    with pytest.raises(type(bug)):
        broken(Context())
