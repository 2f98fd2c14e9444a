"""What the pipelines call exists, and nothing in them is logic, a secret, out of date, or left to chance."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nox
import pytest
import yaml
from invoke.collection import Collection
from invoke.exceptions import ParseError
from invoke.parser import Parser
from nox import registry

import noxfile
import tasks

ROOT = Path(tasks.__file__).parent
FOLDER = ROOT / "azure-pipelines"
FILES = sorted(FOLDER.rglob("*.yml"))

SCRIPT_KEYS = {"script", "bash", "pwsh", "powershell", "inlineScript", "arguments", "scriptPath"}
INVOKE = re.compile(r"(?:python tasks\.py|invoke) (?P<words>.+)")
NOX = re.compile(r"(?:python noxfile\.py|nox) -s (?P<words>.+)")
SHELL = re.compile(r"[;&|<>`#\\]|\$\(\(|\$\{|\$\w")
SECRET = re.compile(r"(?i)pass(word|wd)|pwd|secret|token|credential|api.?key|sig=")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}|\$\([\w.]+\)")
CURRENT_TASKS = {
    *("AzureCLI@2", "Cache@2", "DownloadPipelineArtifact@2", "PublishCodeCoverageResults@2"),
    *("PublishTestResults@2", "UsePythonVersion@0"),
}
DEFINED = {
    name
    for file in FOLDER.glob("variables/*.yml")
    for name in yaml.safe_load(file.read_text(encoding="utf-8"))["variables"]
}
IMAGE = re.compile(r"ubuntu-\d\d\.\d\d")

Check = Callable[[str, Path], list[str]]


def pairs(node: Any) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Every mapping below `node`, with each of its keys and values."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield node, key, value
            yield from pairs(value)
    elif isinstance(node, list):
        for each in node:
            yield from pairs(each)


def read(text: str) -> list[tuple[dict[str, Any], str, Any]]:
    return list(pairs(yaml.safe_load(text)))


def lines(text: str) -> list[str]:
    """The lines of every script, and what calls of templates/azure.yml have after `invoke`."""
    scripts = [str(value) for _, key, value in read(text) if key in SCRIPT_KEYS]
    scripts += [f"invoke {value}" for each, key, value in read(text) if key == "command" and "connection" in each]
    return [line.strip() for script in scripts for line in script.splitlines() if line.strip()]


def other_programs(text: str, file: Path) -> list[str]:
    return [f"not invoke or nox: {line}" for line in lines(text) if not (INVOKE.fullmatch(line) or NOX.fullmatch(line))]


def logic(text: str, file: Path) -> list[str]:
    found = [f"logic in a script: {line}" for line in lines(text) if SHELL.search(EXPRESSION.sub("", line))]
    return found + [f"continueOnError: {value}" for _, key, value in read(text) if key == "continueOnError"]


def secrets(text: str, file: Path) -> list[str]:
    return [f"a secret on a command line: {line}" for line in lines(text) if SECRET.search(line)]


def unknown_verbs(text: str, file: Path) -> list[str]:
    commands = [found["words"] for line in lines(text) if (found := INVOKE.fullmatch(line))]
    return [f"invoke: {error}" for command in commands if (error := parse_error(command))]


def parse_error(command: str) -> str | None:
    """What Invoke says of the command; a placeholder stands for one value, or for the whole command."""
    words = shlex.split(EXPRESSION.sub("PLACEHOLDER", command))
    if words == ["PLACEHOLDER"]:
        return None
    try:
        Parser(contexts=Collection.from_module(tasks).to_contexts()).parse_argv(words)
    except ParseError as error:
        return str(error)
    return None


def unknown_sessions(text: str, file: Path) -> list[str]:
    return [f"nox has no session {name}" for name in sessions(text) if name not in known_sessions()]


def sessions(text: str) -> list[str]:
    commands = [found["words"].split() for line in lines(text) if (found := NOX.fullmatch(line))]
    return [name for command in commands for name in command]


def known_sessions() -> set[str]:
    assert noxfile.__doc__  # importing it has filled the registry
    return set(registry.get())


def bad_templates(text: str, file: Path) -> list[str]:
    """Calls of templates that are not there, or with other parameters than they declare."""
    found = []
    for call, key, name in read(text):
        if key != "template":
            continue
        targets = sorted(file.parent.glob(EXPRESSION.sub("*", name)))
        if not targets:
            found.append(f"no template {name}")
            continue
        declared = yaml.safe_load(targets[0].read_text(encoding="utf-8")).get("parameters", [])
        given, required = set(call.get("parameters", {})), {each["name"] for each in declared if "default" not in each}
        found += [f"{name} declares no {one}" for one in sorted(given - {each["name"] for each in declared})]
        found += [f"{name} needs {one}" for one in sorted(required - given)]
    return found


def other_tasks(text: str, file: Path) -> list[str]:
    names = [value for _, key, value in read(text) if key == "task"]
    return [f"out of date or unknown: {name}" for name in names if name not in CURRENT_TASKS]


def loose_images(text: str, file: Path) -> list[str]:
    images = [str(value) for _, key, value in read(text) if key in ("image", "vmImage", "container")]
    return [f"not pinned: {image}" for image in images if image != "$(image)" and not IMAGE.fullmatch(image)]


def endless_jobs(text: str, file: Path) -> list[str]:
    jobs = [(job, value) for job, key, value in read(text) if key in ("job", "deployment")]
    return [f"no timeoutInMinutes: {name}" for job, name in jobs if "timeoutInMinutes" not in job]


def undefined_parameters(text: str, file: Path) -> list[str]:
    declared = {each["name"] for each in (yaml.safe_load(text) or {}).get("parameters", [])}
    used = set(re.findall(r"parameters\.(\w+)", " ".join(EXPRESSION.findall(text))))
    return [f"parameters.{name} is not declared" for name in sorted(used - declared)]


def undefined_variables(text: str, file: Path) -> list[str]:
    """A real agent leaves what is not defined as it stands, and bash takes `$(name)` for a command."""
    used = re.findall(r"\$\(([\w.]+)\)|variables\.(\w+)", text)
    names = {a or b for a, b in used if "." not in a}
    return [f"no variable {name}" for name in sorted(names - DEFINED)]


def cached_deployments(text: str, file: Path) -> list[str]:
    """In a deployment job, Cache@2 does not find where it may keep anything, and fails."""
    steps = [step for job, key, _ in read(text) if key == "deployment" for step, _, _ in pairs(job)]
    cached = [step for step in steps if step.get("task") == "Cache@2" or keeps_downloads(step)]
    return ["a cache in a deployment job"] if cached else []


def keeps_downloads(step: dict[str, Any]) -> bool:
    return str(step.get("template")).endswith("prepare.yml") and step.get("parameters", {}).get("cache", True)


CHECKS = [
    *(other_programs, logic, secrets, unknown_verbs, unknown_sessions, bad_templates),
    *(other_tasks, loose_images, endless_jobs, undefined_parameters, undefined_variables, cached_deployments),
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("file", FILES, ids=[file.relative_to(FOLDER).as_posix() for file in FILES])
def test_a_pipeline_has_no_fault(file: Path, check: Check) -> None:
    assert check(file.read_text(encoding="utf-8"), file) == []


@pytest.mark.parametrize(
    ("check", "text", "message"),
    [
        (other_programs, "- script: pytest", "not invoke or nox: pytest"),
        (other_programs, "- bash: |\n    invoke lint\n    pip install x", "not invoke or nox: pip install x"),
        (other_programs, "- task: A@2\n  inputs: {inlineScript: az login}", "not invoke or nox: az login"),
        (logic, "- script: invoke lint || true", "logic in a script: invoke lint || true"),
        (logic, "- script: invoke train --environment $ENVIRONMENT", "logic in a script: invoke train "),
        (logic, "- script: invoke lint\n  continueOnError: true", "continueOnError: True"),
        (secrets, "- script: invoke data --set data.source=$(sasToken)", "a secret on a command line: invoke data"),
        (unknown_verbs, "- script: invoke fly", "invoke: No idea what 'fly' is!"),
        (unknown_verbs, "- script: invoke train --enviroment dev", "invoke: No idea what '--enviroment' is!"),
        (unknown_verbs, "- {connection: c, command: train --quick}", "invoke: No idea what '--quick' is!"),
        (unknown_sessions, "- script: nox -s unit flights", "nox has no session flights"),
        (unknown_sessions, "- script: nox -s lint -- --exit-zero", "nox has no session --"),
        (bad_templates, "- template: templates/none.yml", "no template templates/none.yml"),
        (bad_templates, "- template: templates/publish.yml", "templates/publish.yml needs session"),
        (bad_templates, "- {template: templates/prepare.yml, parameters: {sdk: 1}}", "prepare.yml declares no sdk"),
        (other_tasks, "- task: AzureCLI@1", "out of date or unknown: AzureCLI@1"),
        (other_tasks, "- task: PublishCodeCoverageResults@1", "out of date or unknown: PublishCodeCoverageResults@1"),
        (loose_images, "pool: {vmImage: ubuntu-latest}", "not pinned: ubuntu-latest"),
        (loose_images, "container: python:3.11", "not pinned: python:3.11"),
        (endless_jobs, "jobs: [{job: unit}]", "no timeoutInMinutes: unit"),
        (undefined_parameters, "displayName: ${{ parameters.enviroment }}", "parameters.enviroment is not declared"),
        (undefined_variables, "pool: {vmImage: $(imgae)}", "no variable imgae"),
        (undefined_variables, "environment: ${{ variables.enviroment }}", "no variable enviroment"),
        (cached_deployments, "deployment: d\nsteps: [{template: prepare.yml}]", "a cache in a deployment job"),
        (cached_deployments, "deployment: d\nsteps: [{task: Cache@2}]", "a cache in a deployment job"),
    ],
)
def test_a_fault_is_named(check: Check, text: str, message: str) -> None:
    assert message in check(text, FOLDER / "broken.yml")[0]


def test_continuous_integration_runs_every_default_session_once() -> None:
    named = sessions((FOLDER / "ci.yml").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(nox.options.sessions or ())


def test_every_name_in_azure_devops_stands_in_the_list_of_what_must_exist() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for environment in ("dev", "prd"):
        names = yaml.safe_load((FOLDER / "variables" / f"{environment}.yml").read_text(encoding="utf-8"))["variables"]
        assert (ROOT / "configuration" / "environments" / f"{environment}.yaml").is_file()
        assert [name for name in names.values() if f"`{name}`" not in page] == []
