"""Planted faults, and what the SDK makes of them."""

from collections.abc import Callable

import pytest
from azureml.core import Experiment, Workspace
from azureml_offline import Fault, OfflineWorkspace


def statuses(offline: OfflineWorkspace, ending: str) -> list[int]:
    return [request.status for request in offline.requests() if request.path.endswith(ending)]


def test_the_sdk_gets_over_two_answers_of_503(offline: OfflineWorkspace, workspace: Workspace) -> None:
    offline.plant(Fault(r"GET .*/experiments/unavailable$", status=503, times=2))
    assert Experiment(workspace, "unavailable").name == "unavailable"
    assert statuses(offline, "/experiments/unavailable") == [503, 503, 404, 200]


def test_the_sdk_gets_over_a_dropped_connection(offline: OfflineWorkspace, workspace: Workspace) -> None:
    offline.plant(Fault(r"GET .*/experiments/dropped$", drop=True))
    assert Experiment(workspace, "dropped").name == "dropped"


def test_the_sdk_signs_in_again_when_its_token_is_about_to_expire(
    offline: OfflineWorkspace, sign_in: Callable[..., Workspace]
) -> None:
    offline.plant(Fault(r"POST .*/oauth2/.*token$", token_seconds=30))
    before = len(statuses(offline, "/token"))
    found = sign_in()
    Experiment(found, "again")
    assert len(statuses(offline, "/token")) >= before + 2


def test_an_expired_token_is_refused(offline: OfflineWorkspace, sign_in: Callable[..., Workspace]) -> None:
    offline.plant(Fault(r"GET .*/experiments/expired$", status=401))
    with pytest.raises(Exception, match="401"):
        Experiment(sign_in(), "expired")
