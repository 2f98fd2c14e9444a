"""An execution engine for Great Expectations: DuckDB computes what it can, pandas the rest, of single columns.

The engine is given an empty frame, which carries the rows. Imports Great Expectations, so import it inside functions.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import duckdb
from great_expectations.datasource.fluent import PandasDatasource
from great_expectations.datasource.fluent.pandas_datasource import DataFrameAsset
from great_expectations.exceptions import MetricResolutionError
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.validator.metric_configuration import MetricConfiguration, MetricConfigurationID

from gx_duckdb.errors import GxDuckDBError
from gx_duckdb.files import UnreadableError
from gx_duckdb.metrics import OF_DISTINCT_VALUES
from gx_duckdb.plans import Deferred, Plan, named_columns, plan
from gx_duckdb.rows import Rows

if TYPE_CHECKING:
    from pandas import DataFrame

Metrics = dict[MetricConfigurationID, Any]
Engine = type[PandasExecutionEngine]


class DuckDBExecutionEngine(PandasExecutionEngine):  # type: ignore[misc]  # mypy skips Great Expectations
    """Great Expectations' pandas engine, but for frames that carry rows of their own."""

    _asked: MetricConfiguration | None = None  # the metric that pandas is about to compute
    _runtime_configuration: dict[str, Any] | None = None

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: Metrics | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> Metrics:
        """Compute metrics: all aggregates by one query; raises MetricResolutionError for one that cannot be."""
        asked = [(metric, self._rows(metric.metric_domain_kwargs)) for metric in metrics_to_resolve]
        plans = [(metric, rows, self._plan(metric, rows)) for metric, rows in asked]
        for rows in {id(rows): rows for _, rows in asked}.values():
            aggregates = [each for _, its_rows, how in plans if how and its_rows is rows for each in how.aggregates]
            if rows:
                rows.compute(aggregates)
        if trouble := next((rows.trouble for _, rows in asked if rows and rows.trouble), None):
            raise MetricResolutionError(str(trouble), [metric for metric, _ in asked])
        self._runtime_configuration = runtime_configuration
        known = dict(metrics or {})
        return {metric.id: self._resolve(metric, rows, how, known) for metric, rows, how in plans}

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> "DataFrame":
        """Load what the metric that is being computed needs: its columns, or the different values of one."""
        rows = self._rows(domain_kwargs)
        if rows is None:
            return super().get_domain_records(domain_kwargs)
        batch = domain_kwargs.get("batch_id") or self.batch_manager.active_batch_data_id
        with _noting_trouble(rows):
            loaded = PandasExecutionEngine(batch_data_dict={batch: self._load(rows)})
        return loaded.get_domain_records({**domain_kwargs, "batch_id": batch})

    def _plan(self, metric: MetricConfiguration, rows: Rows | None) -> Plan | None:
        domain, values = metric.metric_domain_kwargs, metric.metric_value_kwargs
        return plan(metric.metric_name, domain, values, rows) if rows else None

    def _resolve(self, metric: MetricConfiguration, rows: Rows | None, how: Plan | None, known: Metrics) -> Any:
        if rows and how:
            try:
                with _noting_trouble(rows):
                    return how.answer(rows)
            except duckdb.OutOfMemoryException as error:
                raise MetricResolutionError(str(error), (metric,)) from error
            except duckdb.Error:  # a pattern that DuckDB refuses, for example, or numbers beyond its range
                pass
        return self._fall_back(metric, known)

    def _fall_back(self, metric: MetricConfiguration, known: Metrics) -> Any:
        """Let Great Expectations compute a metric by pandas, and before what it depends on and DuckDB has left out."""
        try:
            for dependency in metric.metric_dependencies.values():
                if isinstance(known.get(dependency.id), Deferred):
                    known[dependency.id] = self._fall_back(dependency, known)
            with self._asking(metric):
                return super().resolve_metrics([metric], known, self._runtime_configuration)[metric.id]
        except MetricResolutionError as error:
            raise MetricResolutionError(str(error), (metric,)) from error

    @contextmanager
    def _asking(self, metric: MetricConfiguration) -> Iterator[None]:
        self._asked = metric
        try:
            yield
        finally:
            self._asked = None

    def _load(self, rows: Rows) -> "DataFrame":
        metric = self._asked
        if metric is None:
            return rows.read(rows.schema.names)
        domain = metric.metric_domain_kwargs
        columns = [name for name in dict.fromkeys(named_columns(domain)) if name in rows.schema.names]
        if metric.metric_name in OF_DISTINCT_VALUES and not domain.get("row_condition"):
            return rows.distinct(columns[0])
        format_ = metric.metric_value_kwargs.get("result_format") or {}
        whole = domain.get("row_condition") or metric.metric_name.endswith(".unexpected_rows")
        whole = whole or format_.get("unexpected_index_column_names") or not columns
        return rows.read(rows.schema.names if whole else columns)

    def _rows(self, domain: Mapping[str, Any]) -> Rows | None:
        """The rows of a batch, by default the one that was loaded last; None if its frame holds them itself."""
        manager = self.batch_manager
        batch = domain.get("batch_id")
        data = manager.batch_data_cache.get(batch) if batch else manager.active_batch_data
        rows = data.dataframe.attrs.get("rows") if data else None
        return rows if isinstance(rows, Rows) else None


@contextmanager
def _noting_trouble(rows: Rows) -> Iterator[None]:
    """Keep what will stop every metric: Great Expectations makes results of exceptions, and does not pass them on."""
    try:
        yield
    except UnreadableError as error:
        rows.trouble = error
        raise
    except duckdb.OutOfMemoryException as error:
        rows.trouble = GxDuckDBError(f"The memory is too little to validate: {error}. Allow more of it.")
        raise


class DuckDBDatasource(PandasDatasource):  # type: ignore[misc]  # as above
    """A source of data frames, of the type "duckdb" in a project's settings, which has the engine above."""

    asset_types: ClassVar = [DataFrameAsset]
    type: Literal["duckdb"] = "duckdb"

    @property
    def execution_engine_type(self) -> Engine:
        """The engine that computes the metrics."""
        return DuckDBExecutionEngine
