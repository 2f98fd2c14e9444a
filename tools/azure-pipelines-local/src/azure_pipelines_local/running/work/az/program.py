"""Stand in for the program `az`: record each call, and answer from a file or from what a template says.

Called as `main([CALLS, ANSWERS, WORD...])`: CALLS is a file that gets a line for each call, ANSWERS a JSON file with
the answers by command.
"""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azure_pipelines_local.running.work.az import deployments
from azure_pipelines_local.running.work.az.command_line import AzError, CommandLine

# The options of each command that the service connection answers, beside those that all commands take.
CONNECTION_OPTIONS: dict[str, tuple[str, ...]] = {
    "account show": (),
    "account get-access-token": ("--resource", "--resource-type", "--scope", "--tenant"),
    "group show": ("--name",),
}


def main(argv: Sequence[str]) -> int:
    """Record the call and answer it; the exit code is not 0 if there is no answer, or it is an error."""
    calls, answers, *words = argv
    with Path(calls).open("a", encoding="utf-8") as file:  # before the answer: also of a call that fails
        file.write(shlex.join(words) + "\n")
    try:
        print(answer(CommandLine.parse(words), json.loads(Path(answers).read_text(encoding="utf-8"))), end="")
    except AzError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.code
    return 0


def answer(line: CommandLine, answers: Mapping[str, Any]) -> str:
    """Return what to print.

    Raises:
        AzError: the command or an option of it is not known here, or Azure would refuse it.
    """
    command = line.command
    if command in CONNECTION_OPTIONS and command in answers:
        line.refuse_options_beside(CONNECTION_OPTIONS[command])
        line.refuse_other_scope(answers)
        return format_answer(answers[command], line)
    if command in deployments.ANSWERS and "group show" in answers:
        line.refuse_options_beside(deployments.OPTIONS)
        line.refuse_other_scope(answers)
        result = deployments.ANSWERS[command](deployments.read_deployment(line, answers["group show"]["id"]))
        return result if isinstance(result, str) else format_answer(result, line)
    known = ", ".join([*answers, *(deployments.ANSWERS if "group show" in answers else ())]) or "nothing"
    raise AzError(
        f"this az only records its calls, and has no answer to: az {command}\n"
        f"(It can answer: {known}. What Azure would say, no offline run can show.)"
    )


def format_answer(value: Mapping[str, Any], line: CommandLine) -> str:
    """Return the answer as `--query` and `--output` ask: one of its values as text, or all of it as JSON."""
    query, output = line.option("--query"), line.option("--output") or "json"
    if query is not None and query not in value:  # in full JMESPath, which this does not parse
        raise line.unsupported("--query")
    if output not in ("json", "none", "tsv") or (output == "tsv" and query is None):
        raise line.unsupported("--output")
    if output == "none":
        return ""
    selected = value if query is None else value[query]
    is_text = output == "tsv" and isinstance(selected, str)
    return f"{selected}\n" if is_text else json.dumps(selected, indent=2) + "\n"
