"""The number of a run, `Build.BuildNumber`, which the `name` of a pipeline says.

Source: https://learn.microsoft.com/azure/devops/pipelines/process/run-number
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expressions.dates import format_date
from azure_pipelines_local.running.machine.runtime_variables import MACRO, Variables

LONGEST = 255  # characters that the service takes
FORBIDDEN = re.compile(r'["/:<>\\|?@*]')
REVISION = re.compile(r"\$\(rev:([^()]*)\)", re.IGNORECASE)
TOKENS: dict[str, Callable[[datetime, str], str]] = {
    "date": lambda now, form: format_date(now, form or "yyyyMMdd"),
    "dayofmonth": lambda now, _: str(now.day),
    "dayofyear": lambda now, _: str(now.timetuple().tm_yday),
    "hours": lambda now, _: str(now.hour),
    "minutes": lambda now, _: str(now.minute),
    "month": lambda now, _: str(now.month),
    "seconds": lambda now, _: str(now.second),
    "year": lambda now, form: format_date(now, form or "yyyy"),
}
VARIABLES = {
    "builddefinitionname": "Build.DefinitionName",
    "buildid": "Build.BuildId",
    "sourcebranchname": "Build.SourceBranchName",
    "teamproject": "System.TeamProject",
}


def name_run(name: Scalar, variables: Variables, now: datetime, before: Sequence[str]) -> str:
    """Make the number of a run from the `name` of its pipeline.

    Args:
        name: The format, such as `$(Date:yyyyMMdd)$(Rev:.r)`.
        variables: Those of the run and of the pipeline.
        now: When the run starts.
        before: The numbers of earlier runs: `$(Rev:r)` counts those that are alike in all the rest.

    Raises:
        PipelineError: the service would not take the number.
    """
    number = _count(_expand(name.text.strip(), variables, now), before)
    if FORBIDDEN.search(number) or number.endswith(".") or not 0 < len(number) <= LONGEST:
        expected = f'at most {LONGEST} characters, none of " / : < > \\ | ? @ *, and no full stop at the end'
        raise PipelineError(
            name.place, f"`name` makes {number[:LONGEST]!r} the number of the run; it takes {expected}."
        )
    return number


def _expand(text: str, variables: Variables, now: datetime) -> str:
    def write(found: re.Match[str]) -> str:
        token, _, form = found[1].partition(":")
        if token.lower() in TOKENS:
            return TOKENS[token.lower()](now, form)
        return variables.get(VARIABLES.get(token.lower(), found[1])) or found[0]

    return MACRO.sub(write, text)


def _count(text: str, before: Sequence[str]) -> str:
    """Put the first revision in place of `$(Rev:r)` that makes a number which no run before has."""
    revision, taken = 1, {each.lower() for each in before}
    while (number := _with_revision(text, revision)).lower() in taken and number != text:
        revision += 1
    return number


def _with_revision(text: str, revision: int) -> str:
    return REVISION.sub(lambda found: re.sub("r+", lambda run: f"{revision:0{len(run[0])}}", found[1], count=1), text)
