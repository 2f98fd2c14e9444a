"""A workspace in the foreground: prints what a shell needs to use it, and serves until Ctrl-C."""

import shlex
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from azureml_offline.errors import OfflineError
from azureml_offline.folders import hold

LIMITS = """\
What works against it shows that the calls of the SDK are well formed and that your code handles the answers. It does
not show that Azure would accept quotas, images, permissions or names: nothing here has limits, nodes or roles. Jobs and
web services run on this machine with your rights, in an environment of Python and pip's packages, never in an image.
The workspace is forgotten at the end. Pipelines and data sets are not there: an unknown route answers 501 and is named.
"""


def curated_files(given: Sequence[str]) -> dict[str, str]:
    """Return the conda file of each curated environment, from words such as NAME=FILE.yml.

    Raises:
        OfflineError: a word is of another form, or names an environment that another names, too.
    """
    found = dict[str, str]()
    for one in given:
        name, _, file = one.partition("=")
        if not name or not file:
            raise OfflineError(f"--curated must be NAME=FILE.yml, not {one!r}.")
        if name in found:
            raise OfflineError(f"--curated has {name} twice, with {found[name]} and {file}: choose one.")
        found[name] = file
    return found


def serve(
    port: int = 0,
    folder: str | Path | None = None,
    reuse_environment: bool = False,
    identity_based: bool = False,
    curated: Mapping[str, str | Path] | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; the options are those of `azureml_offline.running`.

    Raises:
        OfflineError: the port, the folder or a conda file of `curated` cannot be used.
    """
    # They take most of the start, and neither --help nor a client in another process needs them.
    from azureml_offline.resources.curated import read_files
    from azureml_offline.server.serving import exports, serving
    from azureml_offline.workspace.state import State

    packages = read_files(curated or {})
    with ExitStack() as stack:
        state = State(stack.enter_context(hold(folder)), reuse_environment, identity_based, curated=packages)
        # Entered before `serving`, so the interrupt passes through that first, which ends all jobs and services.
        stack.enter_context(suppress(KeyboardInterrupt))
        stack.enter_context(serving(state, port))
        for number in (signal.SIGINT, signal.SIGTERM):  # a shell lets what it starts in the background ignore SIGINT
            signal.signal(number, signal.default_int_handler)
        lines = [f"export {name}={shlex.quote(value)}" for name, value in exports(state).items()]
        print(*lines, f"# {state.names.workspace} is ready. Ctrl-C stops it.", sep="\n", flush=True)
        waiting = threading.Event()
        while not waiting.wait(timeout=1):  # without one, a signal that comes just as it blocks would be lost
            pass
