"""The Azure CLI of an offline run: writes down how it was called, and answers nothing that it was not told.

Runs as a program of its own, on the standard library alone: `az.py CALLS ANSWERS WORD...`, where CALLS is a file that
gets a line for each call, and ANSWERS a JSON file of what to answer, by the words before the first option.
"""

import json
import shlex
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

OPTIONS = {"-o": "--output", "-q": "--query"}


def main(argv: Sequence[str]) -> int:
    """Answer; 1 if there is nothing to answer."""
    calls, answers, *words = argv
    with Path(calls).open("a", encoding="utf-8") as file:
        file.write(shlex.join(words) + "\n")
    told: dict[str, Any] = json.loads(Path(answers).read_text(encoding="utf-8"))
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    command, options = " ".join(words[:first]), words[first:]
    if command not in told:
        known = ", ".join(told) or "nothing"
        print(
            f"ERROR: this az only records its calls, and was not told what to answer to: az {command}", file=sys.stderr
        )
        print(f"(It can answer: {known}. What Azure would say, no offline run can show.)", file=sys.stderr)
        return 1
    given = {OPTIONS.get(key, key): value for key, value in pairwise(options)}
    return answer(told[command], given)


def answer(told: dict[str, Any], options: dict[str, str]) -> int:
    """Print what was told in the form that is asked for: one of its values as text, or all of it as JSON."""
    query, output = options.get("--query"), options.get("--output", "json")
    if query is not None and query not in told:
        print(f"ERROR: this az only records its calls, and cannot do: --query {query}", file=sys.stderr)
        return 1
    value = told if query is None else told[query]
    if output == "none":
        return 0
    print(value if output == "tsv" and query is not None else json.dumps(value, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
