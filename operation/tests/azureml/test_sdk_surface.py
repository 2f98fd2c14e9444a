"""What of azureml.core's public methods the offline workspace serves: each is called, and the README says how it went.

The table there is made by WRITE=1 nox -s azureml -- -k surface.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from azureml.core import Workspace
from azureml_offline import OfflineWorkspace

from operation.execution.configuration.sections import ROOT
from operation.tests.azureml import sdk_calls

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.usefixtures("hasty"),
]
README = ROOT / "tools" / "azureml-offline" / "README.md"
TABLE = re.compile(r"(?<=<!-- made by test_sdk_surface\.py -->\n).*?(?=<!-- end -->)", re.DOTALL)
REFUSALS = (400, 501)


def outcome(offline: OfflineWorkspace, call: Callable[[Any], Any], x: Any) -> str:
    """Call a method; say whether it was served or refused. Anything else is a fault, and so is a refusal unseen."""
    before = len(offline.requests())
    try:
        call(x)
    except Exception as error:
        refused = [one for one in offline.requests()[before:] if one.status in REFUSALS]
        if not refused:
            raise AssertionError(f"neither served nor refused: {error}") from error
        return "refused"
    asked = offline.requests()[before:]
    unseen = [f"{one.method} {one.path} {one.status}" for one in asked if one.status in REFUSALS]
    assert not unseen, f"the SDK took a refusal for an answer: {unseen}"
    return "served"


@pytest.fixture(scope="module")
def outcomes(
    hasty: None, offline: OfflineWorkspace, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    folder = tmp_path_factory.mktemp("surface")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        x, found = sdk_calls.prepare(workspace, folder), dict[str, str]()
        for name, call in sdk_calls.CALLS.items():
            try:
                found[name] = outcome(offline, call, x)
            except AssertionError as error:
                found[name] = str(error)
        yield found
        sdk_calls.tidy(workspace)


def test_every_public_method_is_called_or_has_its_reason() -> None:
    public = {name for kind in sdk_calls.CLASSES for name in sdk_calls.methods(kind)}
    refused = {
        name for name in public for each in sdk_calls.NEEDS_REFUSED if name == each or name.startswith(f"{each}.")
    }
    known = {*sdk_calls.CALLS, *sdk_calls.ASKS_NOTHING, *sdk_calls.BROKEN, *refused}
    assert (public - known, known - public) == (set(), set())


def test_every_call_is_served_or_refused(outcomes: Mapping[str, str]) -> None:
    assert {name: how for name, how in outcomes.items() if how not in ("served", "refused")} == {}


def table(outcomes: Mapping[str, str]) -> str:
    lines = ["| class | served | refused by name |", "|---|---|---|"]
    for kind in sdk_calls.CLASSES:
        cells = []
        for how in ("served", "refused"):
            names = [name for name, one in outcomes.items() if name.startswith(f"{kind.__name__}.") and one == how]
            names += [
                name for name in sdk_calls.NEEDS_REFUSED if how == "refused" and name.startswith(f"{kind.__name__}.")
            ]
            cells.append(", ".join(f"`{name.partition('.')[2]}`" for name in sorted(names)))
        if kind.__name__ in sdk_calls.NEEDS_REFUSED:
            cells[1] = "all" + (" else" if cells[0] else "")
        lines.append(f"| `{kind.__name__}` | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def test_the_readme_has_the_table_of_what_is_served(outcomes: Mapping[str, str]) -> None:
    text = README.read_text(encoding="utf-8")
    made = TABLE.sub(lambda _: table(outcomes), text)
    if os.environ.get("WRITE"):
        README.write_text(made, encoding="utf-8")
    assert made == text
