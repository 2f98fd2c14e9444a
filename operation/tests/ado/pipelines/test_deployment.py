"""Deployment by the pipeline: what a service answers must be what was evaluated, else the pipeline is red."""

import re

import pytest

from operation.tests.ado.pipelines.conftest import Clone, change, results, run
from operation.tests.toy import add_toy

pytestmark = pytest.mark.slow
PIPELINE = "azure-pipelines/deploy.yml"
SCORED = "    return answer if status == serving.SCORED"
CONSTANT = '    answer["probabilities"] = [0.5 for _ in answer["probabilities"]]\n'


@pytest.fixture(scope="module")
def ran(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the pipeline shows in a clone whose services answer with a constant, after a sound training."""
    folder = clone("deployment")
    add_toy(folder, tmp_path_factory.mktemp("source") / "things")
    change(folder, "configuration/configuration.yaml", r"(?m)^use_case: \w+", "use_case: toy")
    change(folder, "src/score.py", re.escape(SCORED), CONSTANT + SCORED)
    ended = run(folder, PIPELINE, "--parameter", "until=dev", "--parameter", "model=train")
    assert ended.returncode == 1, ended.stdout
    return ended.stdout


def test_a_constant_in_place_of_the_model_turns_the_deployment_red(ran: str) -> None:
    assert results(ran)["invoke train --environment dev"] == "Succeeded"
    assert results(ran)["invoke deploy --environment dev"] == "Failed"
    assert re.search(r"golden row 0 scores 0\.5, and 0\.\d+ when the model was evaluated", " ".join(ran.split()))


def test_what_was_not_deployed_is_neither_tested_nor_taken_back(ran: str) -> None:
    assert "invoke smoke --environment dev" not in results(ran)
    assert "rollback" not in " ".join(results(ran))
