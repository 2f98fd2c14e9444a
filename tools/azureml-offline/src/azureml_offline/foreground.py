"""A workspace in the foreground: prints what a shell needs to use it, and serves until Ctrl-C."""

import shlex
import signal
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

LIMITS = """\
What works against it shows that the calls of the SDK are well formed and that our code handles the answers. It does not
show that Azure would accept quotas, images, permissions or names: nothing here has limits, nodes or roles. Jobs and web
services run on this machine with your rights, in an environment of Python and pip's packages, never in an image. The
workspace is forgotten at the end. Pipelines and data sets are not there: an unknown route answers 404 and is named."""


def serve(
    port: int = 0, folder: str | None = None, reuse_environment: bool = False, identity_based: bool = False
) -> None:
    """Serve until Ctrl-C or SIGTERM; the files go into the folder, without one into a temporary one.

    Raises:
        OfflineError: the port is taken.
    """
    from azureml_offline.server.serving import exports, serving  # slow to import, and --help needs none of it
    from azureml_offline.workspace.state import State

    with ExitStack() as stack:
        place = Path(folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="offline-workspace-"))).resolve()
        place.mkdir(parents=True, exist_ok=True)
        state = State(place, reuse_environment, identity_based)
        stack.enter_context(suppress(KeyboardInterrupt))
        stack.enter_context(serving(state, port))
        for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has them ignored
            signal.signal(number, signal.default_int_handler)
        lines = [f"export {name}={shlex.quote(value)}" for name, value in exports(state).items()]
        print(*lines, f"# {state.names.workspace} is ready. Ctrl-C stops it.", sep="\n", flush=True)
        threading.Event().wait()
