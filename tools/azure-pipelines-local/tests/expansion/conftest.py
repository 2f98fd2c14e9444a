"""Expansion as one call: an entry pipeline, and the files beside it."""

from pathlib import Path
from typing import Any, Protocol

import pytest
from azure_pipelines_local.documents.nodes import plain
from azure_pipelines_local.expansion.entry import expand


class Expanded(Protocol):
    def __call__(self, entry: str, files: dict[str, str] | None = None, **options: Any) -> Any: ...


@pytest.fixture
def expanded(tmp_path: Path) -> Expanded:
    """Text of `ci.yml` and of other files to what comes out, as text, lists and dictionaries."""

    def run(entry: str, files: dict[str, str] | None = None, **options: Any) -> Any:
        for name, text in {"ci.yml": entry, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return plain(expand(tmp_path, "ci.yml", **options))

    return run
