"""Bills of materials: every pin of a lock is there, with licence and hashes, the same every time."""

from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operation.housekeeping import licences, lock, pins, sbom

LOCK = """# A comment
numpy==2.4 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
numpy==2.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
Py_YAML==6.0 \\
    --hash=sha256:dd
"""
KNOWN = {"numpy": "BSD-3-Clause AND MIT", "py-yaml": "MIT"}


@pytest.mark.parametrize("locked", [lock.DEFAULT, lock.NOTEBOOK, lock.CONTAINER], ids=lambda each: each.name)
def test_every_pin_of_a_lock_is_read(locked: lock.LockFile, repository: Path) -> None:
    text = (repository / locked.name).read_text(encoding="utf-8")
    packages = list(sbom.read_lock(text))
    assert len(packages) == sum("==" in line and line[0] not in " #" for line in text.splitlines())
    assert sum(len(each.hashes) for each in packages) == text.count("--hash=sha256:")
    assert {licences.canonical(each.name) for each in packages} >= pins.pins(text).keys()


def test_a_package_has_its_version_its_address_its_hashes_and_where_it_is_installed() -> None:
    first, second, third = (sbom.component(each, KNOWN) for each in sbom.read_lock(LOCK))
    assert (first["purl"], third["purl"]) == ("pkg:pypi/numpy@2.4", "pkg:pypi/py-yaml@6.0")
    assert [each["content"] for each in first["hashes"]] == ["aa", "bb"]
    assert first["properties"] == [{"name": "python:marker", "value": "python_full_version < '3.12'"}]
    assert first["bom-ref"] != second["bom-ref"]
    assert "properties" not in third


@pytest.mark.parametrize(
    ("licence", "choice"),
    [
        ("MIT", {"license": {"name": "MIT"}}),
        ("MIT OR Apache-2.0", {"expression": "MIT OR Apache-2.0"}),
        ("LGPL AND words, and more", {"license": {"name": "LGPL AND words, and more"}}),
    ],
    ids=["name", "expression", "words"],
)
def test_a_licence_is_an_expression_or_a_name(licence: str, choice: dict[str, Any]) -> None:
    assert sbom.licence_choice(licence) == choice


def test_the_document_of_a_lock_is_the_same_every_time_and_another_for_another_lock(repository: Path) -> None:
    packages = list(sbom.read_lock(LOCK))
    documents = [sbom.document(each, KNOWN, repository) for each in (packages, packages, packages[1:])]
    assert documents[0] == documents[1]
    assert documents[0]["serialNumber"] != documents[2]["serialNumber"]
    assert documents[0]["metadata"]["component"]["name"] == "azure-mlops-template"
    references = [each["bom-ref"] for each in documents[0]["components"]]
    assert len(references) == len(set(references))


def test_a_package_without_a_licence_is_named_with_the_command_that_lists_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    (tmp_path / "setup.py").write_text("setup(name='it', version='1')", encoding="utf-8")
    (page := tmp_path / "licences.md").write_text(
        licences.page({"numpy": "MIT"}, {"requirements.lock": ["numpy", "py-yaml"]}), encoding="utf-8"
    )
    for module, name, value in (
        (sbom, "ROOT", tmp_path),
        (sbom, "OUTPUT", tmp_path / "sbom"),
        (licences, "PAGE", page),
    ):
        monkeypatch.setattr(module, name, value)
    assert sbom.main() == 1
    said = capsys.readouterr().err
    assert said == f"Py_YAML has no licence in licences.md. List it: {licences.REMEDY}\n"
    page.write_text(licences.page(KNOWN, {"requirements.lock": ["numpy", "py-yaml"]}), encoding="utf-8")
    assert sbom.main() == 0
    assert (tmp_path / "sbom" / "requirements.cdx.json").is_file()


def test_the_page_names_the_locks_of_each_package_and_keeps_what_it_said() -> None:
    locks = {"requirements.lock": {"a", "b"}, "requirements-ado.lock": {"a"}}
    text = licences.page({"a": "MIT", "gone": "ISC"}, locks)
    assert licences.read(text) == {"a": "MIT", "b": licences.UNKNOWN}
    assert "| `a` | MIT | ado, default |" in text


def package(words: dict[str, list[str]], text: str = "") -> Any:
    """An installed package whose metadata say that, with the text of its licence."""
    message = Message()
    for name, values in words.items():
        for value in values:
            message[name] = value
    file: Any = SimpleNamespace(name="LICENSE", suffix="", read_text=lambda encoding: text)
    return SimpleNamespace(metadata=message, files=[file] if text else None)


@pytest.mark.parametrize(
    ("given", "licence"),
    [
        (package({"License-Expression": ["Apache-2.0"], "License": ["other"]}), "Apache-2.0"),
        (
            package({"Classifier": ["License :: OSI Approved", "License :: OSI Approved :: BSD License"]}),
            "BSD-3-Clause",
        ),
        (package({"License": ["Apache 2.0"]}), "Apache-2.0"),
        (package({"License": ["x" * 500]}, "... Permission is hereby granted,\nfree of charge, to"), "MIT"),
        (package({}), licences.UNKNOWN),
    ],
    ids=["expression", "classifier", "words", "text", "nothing"],
)
def test_a_licence_is_read_where_a_package_says_it(given: Any, licence: str) -> None:
    assert licences.licence_of(given) == licence
