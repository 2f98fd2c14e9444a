"""What the language service has said of a text is not asked again."""

import json
from pathlib import Path

import pytest
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.linters.remembered import RememberedService


class Counted:
    """A service that finds a fault in the first line of every text, and counts the questions and its starts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.starts = 0

    def start(self) -> "Counted":
        self.starts += 1
        return self

    def diagnose(self, file: str, text: str) -> list[Finding]:
        self.asked.append(text)
        return [Finding(Place(file, 1, 2), f"language service: {text}")] if text else []


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "answers.json"


def check(counted: Counted, kept: Path, *texts: str, version: str = "1") -> list[str]:
    service = RememberedService(counted.start, kept, version)
    found = [str(each) for text in texts for each in service.diagnose("a.yml", text)]
    service.keep()
    return found


def test_the_service_starts_only_for_what_is_new(kept: Path) -> None:
    counted = Counted()
    first = check(counted, kept, "one", "")
    assert check(counted, kept, "one", "") == first == ["a.yml:1:2: language service: one"]
    assert (counted.asked, counted.starts) == (["one", ""], 1)
    assert check(counted, kept, "one", "two") == [*first, "a.yml:1:2: language service: two"]
    assert (counted.asked, counted.starts) == (["one", "", "two"], 2)


def test_another_version_is_asked_anew(kept: Path) -> None:
    counted = Counted()
    check(counted, kept, "one")
    check(counted, kept, "one", version="2")
    assert counted.asked == ["one", "one"]


@pytest.mark.parametrize("text", ["", "[", "[]", '{"KEY": 1}', '{"KEY": [[1, 2]]}', '{"KEY": [[1, "2", "x"]]}'])
def test_a_file_of_another_form_is_asked_again_and_replaced(text: str, kept: Path) -> None:
    counted = Counted()
    check(counted, kept, "one")
    (key,) = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(text.replace("KEY", key), encoding="utf-8")
    assert check(counted, kept, "one") == ["a.yml:1:2: language service: one"]
    assert counted.asked == ["one", "one"]
    assert json.loads(kept.read_text(encoding="utf-8")).keys() == {key}


def test_where_nothing_can_be_written_every_check_asks(tmp_path: Path) -> None:
    counted = Counted()
    for _ in range(2):
        check(counted, tmp_path / "none" / "answers.json", "one")
    assert counted.asked == ["one", "one"]
