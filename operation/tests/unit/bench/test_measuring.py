"""What is measured again, because the host took a part of the cores."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.tests.bench.measuring import TRIES, undisturbed

pytestmark = pytest.mark.unmeasured

QUIET, DISTURBED = 2, 4  # ticks of the host beside 997 of this machine


@pytest.fixture
def counters(tmp_path: Path) -> Path:
    path = tmp_path / "stat"
    path.write_text("cpu  0 0 0 0 0 0 0 0 0 0\n")
    return path


def work(counters: Path, host: list[int]) -> list[int]:
    """Return the numbers of the times that were measured: each takes the host as much as the list says."""
    times: list[int] = []

    def measured() -> int:
        user, lost = (int(counters.read_text().split()[place]) for place in (1, 8))
        counters.write_text(f"cpu  {user + 997} 0 0 5 5 0 0 {lost + host[len(times)]} 0 0\n")
        times.append(len(times))
        return times[-1]

    assert undisturbed(measured, counters) == times[-1]
    return times


def test_what_the_host_did_not_disturb_is_measured_once(counters: Path) -> None:
    assert work(counters, [QUIET]) == [0]


def test_what_it_disturbed_is_measured_again_and_said(counters: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert work(counters, [40, DISTURBED, QUIET]) == [0, 1, 2]
    assert capsys.readouterr().out.startswith("measured again: the host took 3.9% of the cores' time\n")


def test_a_host_that_never_leaves_the_cores_alone_ends_it(counters: Path) -> None:
    with pytest.raises(OperationError, match=f"{TRIES} times"):
        work(counters, [40] * (TRIES + 1))


def test_a_system_that_does_not_tell_is_measured_once(tmp_path: Path) -> None:
    assert undisturbed(lambda: 1, tmp_path / "missing") == 1
