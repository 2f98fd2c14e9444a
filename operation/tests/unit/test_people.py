"""What editors, hosts and assistants read here is true: the commands, options and paths that it names exist."""

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import tasks
from learning import use_cases
from operation.tests.unit.test_docs import unknown_sessions, unknown_verbs

pytestmark = pytest.mark.unmeasured
ROOT = Path(tasks.__file__).parent
JSON_FILES = [".devcontainer/devcontainer.json", *(f".vscode/{name}.json" for name in ("extensions", "launch"))]
JSON_FILES += [".vscode/settings.json", ".vscode/tasks.json"]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def read(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def commands() -> Iterator[tuple[str, str]]:
    """Every command line that an editor runs, by the name that people choose it by."""
    yield "devcontainer", read(".devcontainer/devcontainer.json")["postCreateCommand"]
    for task in read(".vscode/tasks.json")["tasks"]:
        yield task["label"], task["command"]
        yield f"{task['label']}-on-windows", task["windows"]["command"]
    for each in read(".vscode/launch.json")["configurations"]:
        if each.get("module") == "invoke":
            yield each["name"], " ".join(["invoke", *each["args"]])


def faults(command: str) -> list[str]:
    """What a command line names that does not exist."""
    program = re.fullmatch(r"(?:python3? (?:tasks|noxfile)\.py|invoke)\b.*", command)
    fenced = f"```\n{command}\n```"
    found = unknown_verbs(fenced, ROOT / "README.md") + unknown_sessions(fenced, ROOT / "README.md")
    return found if program else [command]


@pytest.mark.parametrize("path", JSON_FILES)
def test_what_an_editor_reads_is_plain_json_and_in_no_list_of_ignored_files(path: str) -> None:
    assert isinstance(read(path), dict)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not path.startswith(".vscode/") or f"!/{path}" in ignored


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in commands()])
def test_a_command_of_an_editor_exists(name: str, command: str) -> None:
    assert faults(command) == []


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("python3 tasks.py fly", ["fly"]),
        ("python tasks.py train --fast", ["--fast"]),
        ("python noxfile.py -s parcels", ["parcels"]),
        ("make train", ["make train"]),
    ],
    ids=["verb", "option", "session", "program"],
)
def test_a_command_that_does_not_exist_is_found(command: str, found: list[str]) -> None:
    assert faults(command) == found


SCRIPTS = [each for each in read(".vscode/launch.json")["configurations"] if "program" in each]


@pytest.mark.parametrize("configuration", SCRIPTS, ids=lambda each: Path(each["program"]).stem)
def test_a_script_is_debugged_with_options_that_it_declares(configuration: dict[str, Any]) -> None:
    place = configuration["program"].removeprefix("${workspaceFolder}/")
    assert (ROOT / place).is_file()
    script = importlib.import_module(Path(place).stem)
    use_case = use_cases.load("parcels")
    parser = script.parser(use_case) if script.parser.__code__.co_argcount else script.parser()
    declared = {option for action in parser._actions for option in action.option_strings}
    given = [word for word in configuration["args"] if word.startswith("--")]
    assert set(given) <= declared
    required = {action.option_strings[0] for action in parser._actions if action.required}
    assert required <= set(given)


def test_what_an_editor_asks_for_is_asked() -> None:
    launch = read(".vscode/launch.json")
    asked = set(re.findall(r"\$\{input:(\w+)\}", json.dumps(launch["configurations"])))
    assert asked == {each["id"] for each in launch["inputs"]}


def test_the_container_forwards_the_ports_at_which_our_servers_listen() -> None:
    described = read(".devcontainer/devcontainer.json")
    ports = {described["portsAttributes"][str(port)]["label"]: port for port in described["forwardPorts"]}
    ours = {
        verb: inspect.signature(tasks.__dict__[verb].body).parameters["port"].default for verb in ("ui", "notebook")
    }
    assert ports == {**{f"invoke {verb}": port for verb, port in ours.items()}, "invoke deploy": 8000}


def test_the_container_has_a_python_that_the_project_takes() -> None:
    found = re.search(r"python:3\.(\d+)", read(".devcontainer/devcontainer.json")["image"])
    assert found is not None
    assert 11 <= int(found[1]) <= 13


def test_container_and_editor_recommend_the_same_extensions() -> None:
    container = set(read(".devcontainer/devcontainer.json")["customizations"]["vscode"]["extensions"])
    recommended = set(read(".vscode/extensions.json")["recommendations"])
    assert recommended - container == {"ms-vscode-remote.remote-containers"}
    assert container <= recommended


def owned_patterns() -> list[str]:
    text = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8")
    return [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("pattern", owned_patterns())
def test_what_has_an_owner_exists(pattern: str) -> None:
    assert any(ROOT.glob(pattern.strip("/") or "*"))


def test_every_line_of_owners_names_some() -> None:
    text = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in lines if len(line) < 2 or not all(each.startswith("@") for each in line[1:])] == []


@pytest.mark.parametrize("form", [path for path in FORMS if path.stem != "config"], ids=lambda path: path.stem)
def test_a_form_of_an_issue_is_one_that_github_takes(form: Path) -> None:
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert content.keys() >= {"name", "description", "body"}
    kinds = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert {each["type"] for each in content["body"]} <= kinds
    ids = [each["id"] for each in content["body"] if each["type"] != "markdown"]
    assert len(ids) == len(set(ids)) > 0
    assert all(each["attributes"].get("label") for each in content["body"] if each["type"] != "markdown")


def test_both_hosts_ask_the_same_of_a_pull_request() -> None:
    texts = [(ROOT / host / "pull_request_template.md").read_text("utf-8") for host in (".github", ".azuredevops")]
    assert texts[0] == texts[1]


def test_both_hosts_ask_the_same_of_an_issue() -> None:
    for form in (path for path in FORMS if path.stem != "config"):
        fields = yaml.safe_load(form.read_text(encoding="utf-8"))["body"]
        page = (ROOT / ".azuredevops" / f"{form.stem}.md").read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
        labels = [each["attributes"]["label"] for each in fields if each["type"] == "textarea"]
        assert set(labels) <= set(headings), form.stem


def test_an_assistant_is_told_not_to_edit_what_commands_write() -> None:
    told = (ROOT / "AGENTS.md").read_text(encoding="utf-8").partition("## Leave alone")[2]
    assert all(name in told for name in ("`tools/`", "`outputs/`", "requirements.lock", "prd.yaml", "`*.ipynb`"))
