"""Serve a workspace from threads of this process, for as long as a block lasts."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EADDRINUSE
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from azureml_offline.errors import OfflineError
from azureml_offline.server import application, certificates
from azureml_offline.server.proxy import Proxy
from azureml_offline.workspace.state import State

PORT_ERRORS: dict[int | None, str] = {EADDRINUSE: "is taken", EACCES: "needs more rights than yours"}


class Handler(WSGIRequestHandler):
    """Answers at once, and logs nothing: the state keeps the requests."""

    disable_nagle_algorithm = True  # else small answers wait up to 40 ms for each other

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  Werkzeug's name
        """Log nothing."""


@contextmanager
def serving(state: State, port: int = 0) -> Iterator[Proxy]:
    """Serve the workspace; the proxy listens on that port of 127.0.0.1 (0: any that is free).

    Raises:
        OfflineError: the port cannot be used.
    """
    authority, context = certificates.make(state.names.hosts)
    app = application.build(state)
    with _https(app, context) as https, _http(app) as http, _proxy(state, port, https, http) as proxy:
        _write_client(state, authority, proxy)  # before the threads: a request that starts a job needs it
        # They look for an order to stop every 0.05 s: the default of 0.5 would be most of the time of a short session.
        threads = [Thread(target=one.serve_forever, args=(0.05,), daemon=True) for one in (https, http, proxy)]
        for thread in threads:
            thread.start()
        try:
            yield proxy
        finally:  # the servers last, for jobs that are being ended may still ask them something
            _stop_jobs(state)
            _stop_services(state)
            for one in (proxy, http, https):
                one.shutdown()


def _https(app: Flask, context: ssl.SSLContext) -> BaseWSGIServer:
    https = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    # Handshakes happen in the thread of each connection: a client that is slow or gone must not delay the others.
    https.socket = context.wrap_socket(https.socket, server_side=True, do_handshake_on_connect=False)
    https.ssl_context = context
    return https


def _http(app: Flask) -> BaseWSGIServer:
    """Make the server of web services, whose addresses have no TLS.

    Werkzeug closes a connection after one answer. So the proxy sees every request, and none slips through to another
    host on a connection that was accepted for the first.
    """
    return make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)


def _proxy(state: State, port: int, https: BaseWSGIServer, http: BaseWSGIServer) -> Proxy:
    ways = ("127.0.0.1", https.server_port), ("127.0.0.1", http.server_port)
    try:
        return Proxy(port, state.names.hosts, *ways)
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        why = PORT_ERRORS.get(number, "cannot be used: ports are numbers from 0 to 65535")
        raise OfflineError(f"Port {port} of 127.0.0.1 {why}. Choose another, or 0 for any: --port 0") from error


def _write_client(state: State, authority: bytes, proxy: Proxy) -> None:
    """Write down what clients and jobs need to find the services, and only these.

    Libraries disagree on the case of a proxy's variables, so both are set. `NO_PROXY` is emptied, for the machine's own
    may name hosts of Azure.
    """
    file, names = state.folder / "authority.pem", state.names
    file.write_bytes(authority)
    url = f"http://127.0.0.1:{proxy.server_address[1]}"
    for variable in ("HTTPS_PROXY", "HTTP_PROXY"):
        state.client |= {variable: url, variable.lower(): url}
    state.client |= {"NO_PROXY": "", "no_proxy": "", "REQUESTS_CA_BUNDLE": str(file)}
    workspace = {"subscription_id": names.subscription, "resource_group": names.resource_group}
    text = json.dumps({**workspace, "workspace_name": names.workspace})
    (state.folder / "config.json").write_text(text, encoding="utf-8")


def _stop_jobs(state: State) -> None:
    """End all jobs: none outlives its workspace."""
    for run in list(state.runs.values()):  # all first: they end at the same time, and not one after another
        run.cancelled.set()
    for thread in list(state.jobs):
        thread.join()


def _stop_services(state: State) -> None:
    """End all web services, and refuse new ones."""
    with state.lock:
        state.closing.set()
    for service in list(state.services.values()):
        service.close()  # which also ends an `init()` that a deployment waits for
    for thread in list(state.deployments):
        thread.join()


def exports(state: State) -> dict[str, str]:
    """Return the variables that a client needs; its home folder hides what this machine knows of Azure."""
    names, home = state.names, state.folder / "home"
    home.mkdir(exist_ok=True)
    return state.client | {
        "HOME": str(home),
        "AZURE_CONFIG_DIR": str(home / ".azure"),
        "AZURE_TENANT_ID": names.tenant,
        "AZURE_CLIENT_ID": names.client,
        "AZURE_CLIENT_SECRET": names.secret,
        "OFFLINE_SUBSCRIPTION": names.subscription,
        "OFFLINE_RESOURCE_GROUP": names.resource_group,
        "OFFLINE_WORKSPACE": names.workspace,
    }
