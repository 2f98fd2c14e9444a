"""The names that other code may import, and that importing the package costs nothing."""

import subprocess
import sys

import azure_pipelines_local
import pytest


@pytest.mark.parametrize("name", azure_pipelines_local.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(azure_pipelines_local, name) is not None


def test_the_names_are_those_that_are_found() -> None:
    assert sorted(azure_pipelines_local.__all__) == sorted(azure_pipelines_local.MODULES)
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'"):
        azure_pipelines_local.nosuch  # noqa: B018  # asking is enough


def test_importing_the_package_imports_none_of_it() -> None:
    code = "import sys, azure_pipelines_local; print([each for each in sys.modules if each.startswith('azure_p')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['azure_pipelines_local']\n"
