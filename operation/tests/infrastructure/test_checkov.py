"""checkov finds nothing in the templates that is not passed over with its reason, and finds what is planted."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Scan = tuple[int, dict[str, list[dict[str, Any]]]]
SCANNED = {"aks.json", "keyvault.json", "registry.json", "storage.json", "workspace.json"}  # which it has checks for
PLANTED = [
    ("aks.json", '"enableRBAC": true', '"enableRBAC": false', "CKV_AZURE_5"),
    ("keyvault.json", '"enablePurgeProtection": true', '"enablePurgeProtection": false', "CKV_AZURE_110"),
    ("registry.json", '"defaultValue": false', '"defaultValue": true', "CKV_AZURE_137"),
    ("storage.json", '"defaultValue": "Deny"', '"defaultValue": "Allow"', "CKV_AZURE_35"),
    ("storage.json", '"TLS1_2"', '"TLS1_0"', "CKV_AZURE_44"),
    ("workspace.json", '"defaultValue": "Disabled"', '"defaultValue": "Enabled"', "CKV2_AZURE_49"),
]
NEEDED = [  # what is found where the reason is taken away
    *(("aks.json", each) for each in ("CKV_AZURE_4", "CKV_AZURE_6", "CKV_AZURE_8", "CKV_AZURE_172")),
    *(("registry.json", "CKV_AZURE_166"), ("storage.json", "CKV_AZURE_43"), ("workspace.json", "CKV_AZURE_243")),
]


def scan(folder: Path) -> Scan:
    """checkov's exit code and what it found in the folder's ARM templates, asking no service."""
    command = [sys.executable, "-m", "checkov.main", "--directory", str(folder), "--framework", "arm"]
    command += ["--skip-download", "--output", "json"]
    quiet = os.environ | {"LOG_LEVEL": "ERROR"}  # it warns of each parameter without a default
    done = subprocess.run(command, env=quiet, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["results"]


def found(results: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """File and check of each result."""
    return {(result["file_path"].lstrip("/"), result["check_id"]) for result in results}


@pytest.fixture(scope="module")
def templates(repository: Path) -> Path:
    return repository / "azure-pipelines" / "infrastructure"


@pytest.fixture(scope="module")
def shipped(templates: Path) -> Scan:
    return scan(templates)


@pytest.fixture(scope="module")
def broken(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """The templates with every fault planted, and without a reason to pass over anything."""
    folder = Path(shutil.copytree(templates, tmp_path_factory.mktemp("broken") / "infrastructure"))
    for name in SCANNED:
        text = (folder / name).read_text(encoding="utf-8")
        for _, old, new, _ in (each for each in PLANTED if each[0] == name):
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text.replace('"checkov": [', '"notes": ['), encoding="utf-8")
    return scan(folder)


def test_nothing_is_found(shipped: Scan) -> None:
    code, results = shipped
    assert found(results["failed_checks"]) == set()
    assert not results["parsing_errors"]
    assert code == 0


def test_every_template_that_has_checks_is_scanned(shipped: Scan) -> None:
    assert {file for file, _ in found(shipped[1]["passed_checks"])} == SCANNED


def test_what_is_passed_over_has_a_reason(shipped: Scan) -> None:
    reasons = [result["check_result"]["suppress_comment"] for result in shipped[1]["skipped_checks"]]
    assert found(shipped[1]["skipped_checks"]) == set(NEEDED)
    assert [reason for reason in reasons if len(reason.split()) < 5] == []


@pytest.mark.parametrize(("file", "check"), [(file, check) for file, _, _, check in PLANTED])
def test_a_relaxed_default_is_found(broken: Scan, file: str, check: str) -> None:
    code, results = broken
    assert code == 1
    assert (file, check) in found(results["failed_checks"])


@pytest.mark.parametrize(("file", "check"), NEEDED)
def test_what_is_passed_over_would_be_found(broken: Scan, file: str, check: str) -> None:
    assert (file, check) in found(broken[1]["failed_checks"])
