"""The program `az` of an offline run: records each call, and answers what it was told or what follows from its files.

Called as `main([CALLS, ANSWERS, WORD...])`: CALLS is a file that gets a line for each call, ANSWERS a JSON file of what
to answer, by command.
"""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azure_pipelines_local.running.work.az import deployments
from azure_pipelines_local.running.work.az.command_line import AzError, Question

# What may follow each command that is answered with what the connection tells, beside what all commands take.
TOLD: dict[str, tuple[str, ...]] = {
    "account show": (),
    "account get-access-token": ("--resource", "--resource-type", "--scope", "--tenant"),
    "group show": ("--name",),
}


def main(argv: Sequence[str]) -> int:
    """Answer; another exit code than 0 if there is no answer, or it is an error."""
    calls, answers, *words = argv
    with Path(calls).open("a", encoding="utf-8") as file:
        file.write(shlex.join(words) + "\n")
    try:
        print(answer(Question.of(words), json.loads(Path(answers).read_text(encoding="utf-8"))), end="")
    except AzError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.code
    return 0


def answer(question: Question, told: Mapping[str, Any]) -> str:
    """What to print.

    Raises:
        AzError: the command or an option of it is not known here, or Azure would refuse what is asked.
    """
    command = question.command
    if command in TOLD and command in told:
        question.take(TOLD[command])
        question.check(told)
        return shown(told[command], question)
    if command in deployments.ANSWERS and "group show" in told:
        question.take(deployments.OPTIONS)
        question.check(told)
        found = deployments.ANSWERS[command](deployments.read(question, told["group show"]["id"]))
        return found if isinstance(found, str) else shown(found, question)
    known = ", ".join([*told, *(deployments.ANSWERS if "group show" in told else ())]) or "nothing"
    raise AzError(
        f"this az only records its calls, and was not told what to answer to: az {command}\n"
        f"(It can answer: {known}. What Azure would say, no offline run can show.)"
    )


def shown(value: Mapping[str, Any], question: Question) -> str:
    """The answer in the form that is asked for: one of its values as text, or all of it as JSON."""
    query, output = question.option("--query"), question.option("--output") or "json"
    if query is not None and query not in value:
        raise question.unknown("--query")
    if output not in ("json", "none", "tsv") or (output == "tsv" and query is None):
        raise question.unknown("--output")
    if output == "none":
        return ""
    found = value if query is None else value[query]
    return f"{found}\n" if output == "tsv" and isinstance(found, str) else json.dumps(found, indent=2) + "\n"
