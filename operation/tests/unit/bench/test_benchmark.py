"""What the benchmark leaves out."""

from dataclasses import replace

import pytest

from operation.errors import OperationError
from operation.tests.bench import benchmark

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def without_java(monkeypatch: pytest.MonkeyPatch) -> None:
    def require() -> None:
        raise OperationError("It needs Java.")

    lame = replace(benchmark.MEASURED["spark"], name="Spark", require=require)
    monkeypatch.setitem(benchmark.MEASURED, "spark", lame)


@pytest.mark.usefixtures("without_java")
def test_what_cannot_be_measured_here_is_left_out_by_its_name_with_the_reason() -> None:
    results = benchmark.run(["spark"], pairs=1)
    assert (results.comparisons, results.left_out) == ({}, ["Spark. It needs Java."])


@pytest.mark.usefixtures("without_java")
def test_it_fails_if_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--only", "spark"]) == 1
    assert capsys.readouterr().out.endswith("\nLeft out: Spark. It needs Java.\n")
