"""The process behind `azureml_offline.running`: reports on stdout that it is ready, then answers orders from stdin.

An order is a line of JSON, and so is an answer. The process ends with its stdin, so it never outlives its client: the
system closes the pipe even if the client is killed.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from azureml_offline.errors import OfflineError
from azureml_offline.resources import curated
from azureml_offline.server.proxy import Proxy
from azureml_offline.server.serving import exports, serving
from azureml_offline.values import Fault
from azureml_offline.workspace.names import Names
from azureml_offline.workspace.state import State


def main() -> int:
    """Serve with the options in the first line of stdin."""
    wanted = json.loads(sys.stdin.readline())
    names, options = Names(**wanted.get("names", {})), (wanted["reuse_environment"], wanted["identity_based"])
    try:
        packages = curated.read_files(wanted.get("curated", {}))
        state = State(Path(wanted["folder"]), *options, names, curated=packages)
        with serving(state, wanted["port"]) as proxy:
            _say({"environment": exports(state)})  # the servers listen already: a client may connect at once
            for line in sys.stdin:
                _say(_obey(json.loads(line), state, proxy))
    except OfflineError as error:
        _say({"error": str(error)})
        return 1
    return 0


def _obey(order: dict[str, Any], state: State, proxy: Proxy) -> dict[str, Any]:
    if "plant" in order:
        state.faults.plant(Fault(**order["plant"]))
    if "clear" in order:
        state.faults.clear()
    if "requests" in order:
        return {"requests": [asdict(one) for one in list(state.requests)]}  # a copy, for other threads go on adding
    return {"accepted": proxy.accepted, "refused": proxy.refused}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()  # into a pipe, Python would keep the line until there are 8 kB of them


if __name__ == "__main__":
    raise SystemExit(main())
