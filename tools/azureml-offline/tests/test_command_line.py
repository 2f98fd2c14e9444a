import signal
import subprocess
import sys
from pathlib import Path

import pytest
from azureml_offline import LIMITS, running
from azureml_offline.__main__ import main

Capture = pytest.CaptureFixture[str]
SERVE = [sys.executable, "-m", "azureml_offline", "serve"]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_exports_and_ends_on_a_signal(
    tmp_path: Path, unmeasured: dict[str, str], ending: signal.Signals
) -> None:
    environment = unmeasured | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(SERVE, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(16)]
        process.send_signal(ending)
        assert process.wait(10) == 0
    assert lines[0].startswith("export HTTPS_PROXY=http://127.0.0.1:")
    assert lines[-1].endswith("is ready. Ctrl-C stops it.\n")
    assert list(tmp_path.iterdir()) == []


def test_serve_in_a_folder_leaves_its_files_there(tmp_path: Path, unmeasured: dict[str, str]) -> None:
    words = [*SERVE, "--folder", "kept", "--reuse-environment", "--identity-based"]
    with subprocess.Popen(words, cwd=tmp_path, env=unmeasured, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(16)]
        process.send_signal(signal.SIGTERM)
    assert f"export REQUESTS_CA_BUNDLE={tmp_path}/kept/authority.pem\n" in lines
    assert (tmp_path / "kept" / "config.json").is_file()


def test_bad_packages_of_a_curated_environment_leave_no_folder(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "kept"
    assert main(["serve", "--folder", str(folder), "--curated", f"AzureML-Minimal={tmp_path}"]) == 1
    assert capsys.readouterr().err == f"Cannot read the conda file {tmp_path}: Is a directory.\n"
    assert not folder.exists()


def test_a_taken_port_is_one_message(capsys: Capture) -> None:
    with running() as workspace:
        port = workspace.environment["HTTPS_PROXY"].rpartition(":")[2]
        assert main(["serve", "--port", port]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"Port {port} of 127.0.0.1 is taken. Choose another, or 0 for any: --port 0\n"
    assert captured.out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "arguments are required: COMMAND. See azureml-offline --help."),
        (["start"], "invalid choice: 'start' (choose from"),
        (["serve", "--port", "https"], "serve: argument --port: invalid int value: 'https'. See azureml-offline serve"),
        (["serve", "--port", "70000"], "Port 70000 of 127.0.0.1 cannot be used: ports are numbers from 0 to 65535"),
        (["serve", "--port", "-1"], "Port -1 of 127.0.0.1 cannot be used"),
        (["serve", "--fold", "x"], "unrecognized arguments: --fold x"),
        (["serve", "--folder", ""], "The folder must have a name"),
        (["serve", "--folder", "file/in"], "/file/in: Not a directory. Fix that, or choose another folder."),
        (["serve", "--folder", "/proc"], "Cannot write to the folder /proc: "),  # which nobody can, not even root
        (["serve", "--folder", "file"], "/file: File exists. Fix that, or choose another folder."),
        (["serve", "--curated", "a"], "--curated must be NAME=FILE.yml, not 'a'."),
        (["serve", "--curated", "=file"], "--curated must be NAME=FILE.yml, not '=file'."),
        (["serve", "--curated", "AzureML-Minimal="], "--curated must be NAME=FILE.yml, not 'AzureML-Minimal='."),
        (["serve", "--curated", "AzureML-Minimum=file"], "'AzureML-Minimum'. The nearest is AzureML-Minimal."),
        (["serve", "--curated", "AzureML-Minimal=missing"], "Cannot read the conda file missing: No such file"),
        (["serve", "--curated", "AzureML-Minimal=file"], "file: the file is empty; a conda file needs dependencies"),
        (
            ["serve", *("--curated", "AzureML-Minimal=file") * 2],
            "has AzureML-Minimal twice, with file and file",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_exit_code_1(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(words) == 1
    captured = capsys.readouterr()
    assert said in captured.err
    assert (captured.err.count("\n"), captured.out) == (1, "")


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"]])
def test_its_limits_are_in_the_help(words: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(words)
    assert LIMITS in capsys.readouterr().out
