"""`invoke serve`: what it refuses before it starts anything, and what it hands to the server."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json
from operation.execution.serving import official, serve
from operation.execution.values import ModelVersion
from operation.tests.parcels import load

MODEL = ModelVersion("parcel-delays", 3, "run")


def configured(tmp_path: Path, *settings: str) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path}", *settings])


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.EADDRINUSE, "serve --port N"), (errno.EADDRNOTAVAIL, "serve --host ADDRESS")]
)
def test_what_cannot_be_listened_on_is_named_with_what_to_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "it says why")

    monkeypatch.setattr("socket.create_server", refuse)
    with pytest.raises(OperationError, match=rf"it says why\. Choose another: invoke {remedy}"):
        serve.serve(configured(tmp_path), serve.Asked(0, True, "192.0.2.1", 0))


def prepared(configuration: Configuration, tmp_path: Path, fast: bool = True) -> serve.Server:
    return serve.prepare(configuration, serve.Asked(3, fast, "127.0.0.1", 8001), 8001, MODEL, tmp_path / "model")


def option(server: serve.Server, name: str) -> str:
    return server.words[server.words.index(name) + 1]


def test_the_configuration_becomes_arguments_and_the_key_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cr3t")
    given = ["serving.key=OUR_KEY", "serving.most_rows=7", "serving.request_log.features=[temp]"]
    server = prepared(configured(tmp_path, *given), tmp_path)
    assert server.variables == {"SCORING_KEY": "s3cr3t"}
    assert "s3cr3t" not in " ".join(server.words)
    assert (option(server, "--most-rows"), option(server, "--version"), option(server, "--port")) == ("7", "3", "8001")
    assert server.words[-2:] == ["--log-features", "temp"]


def test_without_a_share_nothing_is_logged(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "serving.request_log.share=0")
    assert "--request-log" not in prepared(configuration, tmp_path).words
    assert serve.settings_of(configuration, "log").keys() == {"most_bytes", "most_rows"}


def test_a_key_whose_variable_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUR_KEY", raising=False)
    with pytest.raises(
        OperationError, match=r"^The environment variable OUR_KEY, which serving.key names, is not set.$"
    ):
        prepared(configured(tmp_path, "serving.key=OUR_KEY"), tmp_path)


def test_the_official_server_refuses_a_key_that_it_would_not_check(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"checks no key.*--fast"):
        prepared(configured(tmp_path, "serving.key=OUR_KEY"), tmp_path, fast=False)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_refused_by_name(tmp_path: Path, port: int) -> None:
    with pytest.raises(OperationError, match=f"^--port must be from 1 to 65535, not {port}.$"):
        serve.serve(configured(tmp_path), serve.Asked(0, True, "127.0.0.1", port))


@pytest.mark.parametrize("golden", [True, False])
def test_the_example_is_a_golden_row_or_one_of_which_nothing_is_known(tmp_path: Path, golden: bool) -> None:
    write_json(tmp_path / "features.json", {"features": [{"name": "Größe"}, {"name": "temp"}]})
    row: dict[str, Any] = {"Größe": "klein", "temp": 3.5}
    if golden:
        write_json(tmp_path / "golden_rows.json", {"rows": [row], "scores": [0.5]})
    assert json.loads(serve.example(tmp_path)) == {"data": [row if golden else dict.fromkeys(row)]}


def test_the_environment_holds_what_the_conda_file_pins(repository: Path) -> None:
    packages = official.read_packages(serve.CONDA_FILE)
    assert {each.partition("==")[0] for each in packages} >= {"azureml-inference-server-http", "msgspec", "numpy"}
    assert all("==" in each for each in packages)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_nobody_is_warned_of_this_machine(host: str) -> None:
    assert serve.warn_of_strangers(host, "") == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "host.example"])  # noqa: S104  (nothing listens)
def test_other_machines_need_a_key_or_a_warning(host: str) -> None:
    assert f"It listens on {host}, so other machines may send requests, too, without a key." in serve.warn_of_strangers(
        host, ""
    )
    assert serve.warn_of_strangers(host, "OUR_KEY") == ""
