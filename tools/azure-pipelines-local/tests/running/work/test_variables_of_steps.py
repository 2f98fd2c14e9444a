"""Variables as steps see them: values replaced anew before each, and names and precedence in their environment.

Sources: runs of PGielniak/azdo-pipeline-emulator (E06), and Variables, Handler and TaskCommandExtension of
microsoft/azure-pipelines-agent.
"""

import pytest
from running.conftest import Execute, steps

CHAIN = """
variables: {b: inner, ainner: outer, major: 1, v: $(major).0, x: $(y), y: $(x)}
steps:
- checkout: none
- bash: |
    macro='$'; macro+='(b)'
    echo "##vso[task.setvariable variable=a]$macro"
    echo "##vso[task.setvariable variable=major]2"
- bash: echo '$(a) $(v)' $V '$(a$(b)) $(x)'
"""


def set_variables(*commands: str) -> str:
    """Write a step that sets variables."""
    said = "".join(f'echo "##vso[task.setvariable variable={each}";' for each in commands)
    return f"bash: '{said}'"


def test_values_are_replaced_anew_before_each_step(execute: Execute) -> None:
    """E06-macro-expansion: `a`, set to the text `$(b)`, is what `b` holds for the next step."""
    assert execute(CHAIN).log("__default.Job", 3).endswith("\ninner 2.0 2.0 $(ainner) $(y)\n")


def test_a_value_that_names_a_secret_becomes_one_when_a_step_sets_it(execute: Execute) -> None:
    hidden = "bash: 'echo \"##vso[task.setvariable variable=tok;isSecret=true]sesame\"'"
    ran = execute("variables: {u: https://$(tok)@host}\n" + steps(hidden, "bash: 'echo \"${U:-none} $(u)\"'"))
    assert ran.log("__default.Job", 3).endswith("\nnone ***\n")


def test_a_secret_that_is_set_anew_is_hidden_too(execute: Execute) -> None:
    ran = execute(steps(set_variables("s;isSecret=true]first", "s]open sesame"), "bash: 'echo \"$(s)\"'"))
    assert ran.log("__default.Job", 3).endswith("\n***\n")


def test_a_public_variable_comes_before_what_a_step_maps_to_its_name(execute: Execute) -> None:
    """E06-env-materialization."""
    env = "env: {WHO: mapped, PATH: '/mapped:/usr/bin:/bin', BLANKS: '  b  '}"
    prepended = "bash: 'echo \"##vso[task.prependpath]/first\"'"
    ran = execute("variables: {who: public}\n" + steps(prepended, f"{{bash: 'echo $WHO $PATH [$BLANKS]', {env}}}"))
    found = ran.log("__default.Job", 3).splitlines()[-1]
    assert found.startswith("public /first:")
    assert found.endswith(":/mapped:/usr/bin:/bin [b]")


def test_only_dots_and_blanks_of_a_name_become_underscores(execute: Execute) -> None:
    names = "variables: {my-name: a, my.name: b, 'your name': c}\n"
    ran = execute(names + steps("bash: 'printenv MY-NAME MY_NAME YOUR_NAME | xargs'"))
    assert ran.log("__default.Job", 2).endswith("\na b c\n")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("Build.SourcesDirectory]/x", "Overwriting readonly variable 'Build.SourcesDirectory' is not permitted."),
        ("key;isSecret=true]sesame%0Asimsim", "Secrets cannot contain multiple lines"),
    ],
)
def test_a_variable_that_an_agent_does_not_set_fails_the_step(command: str, message: str, execute: Execute) -> None:
    ran = execute(steps(set_variables(command)))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


def test_an_output_is_read_only_under_its_full_name(execute: Execute) -> None:
    output = "{" + set_variables("o;isOutput=true]1", "o;isOutput=true]2") + ", name: st}"
    ran = execute(steps(output, "{" + set_variables("st.o]3") + ", continueOnError: true}", "bash: echo $(st.o)"))
    assert ran.log("__default.Job", 4).endswith("\n2\n")
    assert "Overwriting readonly variable 'st.o'" in ran.shown
