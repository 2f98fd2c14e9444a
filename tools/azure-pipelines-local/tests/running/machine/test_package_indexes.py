"""Which hosts packages come from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from azure_pipelines_local.running.machine.environment import machine_environment
from azure_pipelines_local.running.machine.package_indexes import index_hosts


@pytest.mark.parametrize(
    "name", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_DEFAULT_INDEX", "UV_INDEX"]
)
def test_a_variable_of_pip_or_uv_names_hosts(name: str) -> None:
    with_login = "https://user:word@mirror.example.com/simple"  # pragma: allowlist secret
    urls = f"{with_login} file:///opt/wheels ours=https://other.example.com:8080/simple"
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    hosts = index_hosts({**machine_environment(plain), name: urls})
    assert hosts[:2] == ["mirror.example.com", "other.example.com"]


def test_a_file_of_pip_names_hosts(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://mirror.example.com/simple\nproxy = http://proxy.example.com\n")
    hosts = index_hosts({**machine_environment(os.environ), "PIP_CONFIG_FILE": str(file)})
    assert "mirror.example.com" in hosts
    assert "proxy.example.com" not in hosts


def test_the_default_of_pip_is_among_them() -> None:
    code = "from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)"
    python = Path(sys.base_prefix, "bin", "python3")
    default = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert len(default) == 2
    assert set(default) <= set(index_hosts(machine_environment(os.environ)))
