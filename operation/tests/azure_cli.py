"""An executable `az` for tests: it answers as the real one does, by words of the call, and keeps each call."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = """#!{python} -IS
import json, sys, time  # no more, since tests start it hundreds of times
folder = __file__.rpartition("/")[0]
with open(folder + "/calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
said = " ".join(sys.argv[1:])
for answer in json.load(open(folder + "/answers.json")):
    if all(words in said for words in answer["to"]):
        time.sleep(answer["seconds"])
        sys.stdout.write(answer["out"])
        sys.stderr.write(answer["err"])
        sys.exit(answer["code"])
sys.stderr.write("ERROR: no answer to az " + said)
sys.exit(2)
"""


@dataclass(frozen=True)
class StandIn:
    """The folder with the executable, to be put first on PATH."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "StandIn":
        """Write the executable, which has no answer yet."""
        folder.mkdir()
        program = folder / "az"
        program.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
        (folder / "answers.json").write_text("[]", encoding="utf-8")
        return cls(folder)

    def answers(self, *to: str, out: Any = "", err: str = "", code: int = 0, seconds: float = 0) -> None:
        """Answer calls that hold all words of `to`; what was said last is looked at first."""
        path = self.folder / "answers.json"
        text = out if isinstance(out, str) else json.dumps(out)
        known = json.loads(path.read_text(encoding="utf-8"))
        answer = {"to": to, "out": text, "err": err, "code": code, "seconds": seconds}
        path.write_text(json.dumps([answer, *known]), encoding="utf-8")

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call, in order."""
        path = self.folder / "calls"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def environment(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """For a child process that finds this `az` first."""
        return {**base, "PATH": f"{self.folder}{os.pathsep}{base['PATH']}"}
