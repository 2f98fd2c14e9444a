"""An expectation of one number that a query computes, for what Great Expectations' own cannot say.

It compares columns with one another, counts groups, or looks at another table. Importing this module makes it known to
Great Expectations, which takes seconds to import.
"""

from typing import Any, ClassVar

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.suite_parameters import SuiteParameterDict
from great_expectations.execution_engine import ExecutionEngine, PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from gx_duckdb.rows import QUERY_VALUE, query_value


class QueryValue(TableMetricProvider):  # type: ignore[misc]  # mypy skips Great Expectations
    """The one value that a query over the table returns."""

    metric_name = QUERY_VALUE
    value_keys = ("query",)

    @metric_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(
        cls,  # noqa: N805  # Great Expectations makes a class method of it
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],  # noqa: ARG002  # given by Great Expectations, as below
        runtime_configuration: dict[str, Any],  # noqa: ARG002
    ) -> Any:
        frame, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE)
        return query_value(frame, metric_value_kwargs["query"])


class ExpectQueryValueToBeBetween(BatchExpectation):  # type: ignore[misc]  # as above
    """Expect the one value of a query to lie between two bounds, of which either may be missing.

    `query` is DuckDB's SQL with `{batch}` for the table, and `{NAME}` for another that was opened with it; without that
    one, there is nothing to compare and the expectation is met. `measure` says in words what the query computes, and
    `column_list` which columns it reads. A value that is null, as the mean of no rows, does not meet the expectation. A
    bound may be a parameter of the suite, as in Great Expectations' own: `{"$PARAMETER": "500 * share"}`.
    """

    query: str
    measure: str
    column_list: list[str]
    min_value: float | SuiteParameterDict | None = None
    max_value: float | SuiteParameterDict | None = None

    metric_dependencies: ClassVar = (QUERY_VALUE,)
    success_keys: ClassVar = ("query", "measure", "column_list", "min_value", "max_value")
    args_keys: ClassVar = ("query", "measure", "column_list", "min_value", "max_value")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  # given by Great Expectations, as below
        execution_engine: ExecutionEngine | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        kwargs = self._get_success_kwargs()
        value, low, high = metrics[QUERY_VALUE], kwargs.get("min_value"), kwargs.get("max_value")
        if isinstance(value, str):  # there was nothing to compare with
            return {"success": True, "result": {"observed_value": value}}
        met = value is not None and (low is None or value >= low) and (high is None or value <= high)
        return {"success": met, "result": {"observed_value": value}}
