"""What a webhook brings is a parameter of its name; in a run that another thing starts, it is empty.

Source: Microsoft's reference, resources.webhooks.webhook.
"""

import pytest
from azure_pipelines_local.errors import PipelineError
from expansion.conftest import Expanded

WEBHOOK = (
    "resources: {webhooks: [{webhook: Hook, connection: c}]}\nsteps:\n- script: a ${{ parameters.hook.who.name }}\n"
)


@pytest.mark.parametrize(("given", "script"), [({}, "a "), ({"hook": "{who: {name: b}}"}, "a b")])
def test_a_webhook_is_a_parameter(given: dict[str, str], script: str, expanded: Expanded) -> None:
    assert expanded(WEBHOOK, parameters=given)["steps"] == [{"script": script}]


def test_a_parameter_of_the_same_name_is_the_users_own(expanded: Expanded) -> None:
    own = "parameters: [{name: hook, type: object, default: {who: {name: c}}}]\n"
    assert expanded(own + WEBHOOK)["steps"] == [{"script": "a c"}]


def test_a_webhook_of_another_name_is_refused(expanded: Expanded) -> None:
    with pytest.raises(PipelineError, match="the parameter 'hook' is not declared in this file; declared: Other"):
        expanded(WEBHOOK.replace("Hook", "Other"))
