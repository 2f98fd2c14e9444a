import re
from collections.abc import Callable

import pytest
from azureml_offline import Fault
from azureml_offline.workspace.faults import Faults
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]


def test_a_fault_happens_to_what_matches_as_often_as_it_was_planted(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("GET /subscriptions$", status=503, times=2))
    assert ask("GET /nowhere").status_code == 501
    assert [ask("GET /subscriptions").status_code for _ in range(3)] == [503, 503, 200]


def test_the_first_that_was_planted_happens_first() -> None:
    faults = Faults()
    faults.plant(Fault("/models", status=429))
    faults.plant(Fault("/models", status=503))
    taken = [faults.take("GET", "/models") for _ in range(3)]
    assert [fault and fault.status for fault in taken] == [429, 503, None]


def test_a_late_answer_is_served_after_its_delay(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("/subscriptions", delay=0.2))
    assert ask("GET /subscriptions").status_code == 200
    assert state.requests[-1].seconds >= 0.2


def test_faults_can_be_forgotten(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("", status=500, times=9))
    state.faults.clear()
    assert ask("GET /subscriptions").status_code == 200


def test_a_route_must_be_a_regular_expression() -> None:
    with pytest.raises(re.error):
        Faults().plant(Fault("("))


def test_the_error_says_that_it_was_planted(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("/subscriptions", status=429))
    assert "was planted for GET /subscriptions" in ask("GET /subscriptions").get_json()["message"]


def test_an_answer_that_is_lost_leaves_what_was_done(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("POST .*/experiments/tried$", status=504, after=True))
    assert ask(f"POST /history/v1.0{state.names.scope}/experiments/tried").status_code == 504
    assert ask(f"GET /history/v1.0{state.names.scope}/experiments/tried").status_code == 200


def test_a_sign_in_that_fails_says_so_in_its_own_form(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("/oauth2/", status=429))
    answer = ask(f"POST /{state.names.tenant}/oauth2/v2.0/token")
    assert (answer.status_code, answer.get_json()["error"]) == (429, "temporarily_unavailable")
