"""The service's own preview, asked of a server that stands in for it."""

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from azure_pipelines_local.__main__ import main

PIPELINE = """
parameters:
- {name: word, type: string, default: hello}
variables: {a: true}
steps:
- bash: echo ${{ parameters.word }}
  displayName: Say it
"""
FINAL = """
parameters:
- name: word
  type: string
variables:
- name: a
  value: true
stages:
- stage: __default
  jobs:
  - job: Job
    steps:
    - task: Bash@3
      displayName: Say it
      inputs:
        targetType: inline
        script: echo WORD
"""
PATH = "/my%20project/_apis/pipelines/7/preview?api-version=7.1"


class Service(ThreadingHTTPServer):
    """Gives one answer, and keeps what it was asked."""

    answer: tuple[int, bytes] = (200, b"")
    asked: list[tuple[str, str, dict[str, Any]]]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # the name that http.server calls
        assert isinstance(self.server, Service)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        code, content = self.server.answer
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/sign-in")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that http.server calls
        """Print nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("AZURE_DEVOPS_EXT_PAT", "token")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Service(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def final(word: str) -> tuple[int, bytes]:
    return 200, json.dumps({"finalYaml": FINAL.replace("WORD", word)}).encode()


def refusal(message: str) -> tuple[int, bytes]:
    return 400, json.dumps({"message": message}).encode()


def preview(service: Service, folder: Path, text: str = PIPELINE, *words: str) -> int:
    (folder / "ci.yml").write_text(text, encoding="utf-8")
    where = ["--organization", service.address, "--project", "my project", "--pipeline", "7"]
    return main(["preview", "ci.yml", "--root", str(folder), *where, *words])


def test_the_same_pipeline_in_other_words_is_the_same(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answer = final("you")
    assert preview(service, tmp_path, PIPELINE, "--parameter", "word=you", "--branch", "other") == 0
    assert capsys.readouterr().out == "The service makes the same of ci.yml.\n"
    [(path, authorization, body)] = service.asked
    assert (path, authorization) == (PATH, f"Basic {base64.b64encode(b':token').decode()}")
    assert body["previewRun"] is True
    assert body["yamlOverride"] == PIPELINE
    assert body["templateParameters"] == {"word": "you"}
    assert body["resources"]["repositories"]["self"]["refName"] == "refs/heads/other"


def test_what_differs_is_printed(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = final("something else")
    assert preview(service, tmp_path) == 1
    shown = capsys.readouterr()
    assert "-        script: echo hello\n+        script: echo something else\n" in shown.out
    assert shown.err == "The service makes another pipeline of it: see above.\n"


def test_two_refusals_are_shown_and_agree(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = refusal("Unexpected value 'stepz'")
    assert preview(service, tmp_path, "stepz: []\n") == 0
    assert capsys.readouterr().out.endswith("There: Unexpected value 'stepz'\n")


def test_one_refusal_is_a_difference(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = refusal("A task is missing.")
    assert preview(service, tmp_path) == 1
    assert capsys.readouterr().err == "The service refuses what this tool takes: see above.\n"
    service.answer = final("hello")
    assert preview(service, tmp_path, "stepz: []\n") == 1
    assert capsys.readouterr().err == "The service takes what this tool refuses: see above.\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((302, b""), "does not know who asks (302); sign in by `az login`, or set AZURE_DEVOPS_EXT_PAT"),
        ((401, b""), "does not know who asks (401)"),
        ((404, b""), "answers 404; are organization, project and the number of the pipeline right?"),
        ((500, b'{"message": "broken"}'), "answers 500 broken; are organization, project"),
        ((200, b"<html>"), "answers with something else than a preview"),
    ],
)
def test_what_is_no_answer_says_what_to_do(
    answer: tuple[int, bytes], message: str, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answer = answer
    assert preview(service, tmp_path) == 1
    assert message in capsys.readouterr().err


def test_an_organization_is_an_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ci.yml").write_text(PIPELINE, encoding="utf-8")
    words = ["--root", str(tmp_path), "--organization", "mine", "--project", "p", "--pipeline", "1"]
    assert main(["preview", "ci.yml", *words]) == 1
    assert capsys.readouterr().err == "--organization mine: https://dev.azure.com/NAME is expected.\n"


def test_nobody_who_is_signed_in_is_one_line(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AZURE_DEVOPS_EXT_PAT")
    monkeypatch.delenv("SYSTEM_ACCESSTOKEN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert preview(service, tmp_path) == 1
    assert capsys.readouterr().err == "Nobody is signed in: run `az login`, or set AZURE_DEVOPS_EXT_PAT.\n"


def test_a_file_that_is_not_there_is_one_line(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--root", str(tmp_path), "--organization", service.address, "--project", "p", "--pipeline", "1"]
    assert main(["preview", "none.yml", *words]) == 1
    assert capsys.readouterr().err.startswith("none.yml cannot be read: ")
    assert service.asked == []
