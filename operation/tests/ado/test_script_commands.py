"""What a script line of our pipelines may be."""

from pathlib import Path

import pytest
from invoke.collection import Collection

import tasks
from operation.execution.configuration.loading import use_cases
from operation.execution.pipelines.script_commands import UNKNOWN, commands_of

DEFAULT = use_cases()[0]
INVOKED = "a script line is `invoke …` or `nox …`; make it a task of tasks.py."


def judged(command: str) -> str | None:
    root = Path(tasks.__file__).parent
    return commands_of(root, Collection.from_module(tasks)).judge(command)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("rm -r /", INVOKED),
        ("invoke", INVOKED),
        ("nox unit", "`nox -s SESSION …` is expected."),
        ("nox -s unit --reuse-existing", "nox is called with -s, --session, --sessions, --install-only here, and not "),
        ("nox -s -- -k x", "`nox -s SESSION …` is expected."),
        ("nox -s unti", "nox has no session 'unti'; did you mean 'unit'?"),
        ("invoke test --sessions unit,unti", "nox has no session 'unti'; did you mean 'unit'?"),
        ("invoke trian", "there is no `invoke trian`; did you mean 'train'?"),
        ("invoke train --env dev", "invoke: train has no option --env. Did you mean --environment?"),
        ("invoke train --environment dvv", "there is no environment 'dvv' in configuration; did you mean 'dev'?"),
        ("invoke promote --from dvv --to prd", "there is no environment 'dvv' in configuration; did you mean 'dev'?"),
        ("invoke promote --from dev --to prod", "there is no environment 'prod' in configuration; did you mean 'prd'?"),
        (
            f"invoke models --use-case {DEFAULT}x",
            f"there is no use case '{DEFAULT}x' in configuration; did you mean '{DEFAULT}'?",
        ),
        ("invoke train --environment", "invoke: --environment needs a value."),
        ('invoke validate --data "a', "invoke: No closing quotation."),
        ("nox -s 'lint", "nox: No closing quotation."),
    ],
)
def test_a_command_that_nobody_can_call_is_reported(command: str, problem: str) -> None:
    assert (judged(command) or "").startswith(problem)


@pytest.mark.parametrize(
    "command",
    [
        "invoke train --environment prd --detach",
        "python tasks.py data",
        "invoke promote --from dev --to prd",
        "invoke promote --environment dev --version 3",
        "invoke rollback --environment dev --to 3 --reason slow",
        f"invoke train --use-case {DEFAULT}",
        ".nox/ado/bin/invoke doctor",
        f"nox -s {UNKNOWN}",
        f"invoke train --environment {UNKNOWN}",
        "python noxfile.py -s unit lint -- -k gate",
    ],
)
def test_what_there_is_to_call_passes(command: str) -> None:
    assert judged(command) is None
