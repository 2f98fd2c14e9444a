"""An execution engine for Great Expectations: DuckDB computes what it can, pandas the rest from single columns.

Great Expectations hands its engines data frames, so a table arrives as an empty frame that carries the rows as an
attribute (see `Rows`). This module imports Great Expectations, which takes seconds.
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

from gx_duckdb import expectations as expectations  # makes them known to Great Expectations
from gx_duckdb.errors import QueryError, UnreadableError
from gx_duckdb.metric_plans import Deferred, Plan, list_columns, plan
from gx_duckdb.metrics import OF_DISTINCT_VALUES
from gx_duckdb.rows import Rows, too_little_memory

if TYPE_CHECKING:
    from pandas import DataFrame

Metrics = dict[MetricConfigurationID, Any]
Engine = type[PandasExecutionEngine]


class DuckDBExecutionEngine(PandasExecutionEngine):  # type: ignore[misc]  # mypy skips Great Expectations
    """Great Expectations' engine for pandas, except for frames that carry open rows."""

    _asked: MetricConfiguration | None = None  # the metric that pandas computes just now; it decides what is loaded
    _runtime_configuration: dict[str, Any] | None = None

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: Metrics | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> Metrics:
        """Compute metrics, all their aggregates by one query; raises MetricResolutionError for one that cannot be."""
        asked = [(metric, self._rows(metric.metric_domain_kwargs)) for metric in metrics_to_resolve]
        plans = [(metric, rows, self._plan(metric, rows)) for metric, rows in asked]
        for rows in {id(rows): rows for _, rows in asked if rows}.values():
            rows.compute(each for _, its_rows, how in plans if how and its_rows is rows for each in how.aggregates)
        # Each metric would fail for the same reason, and slowly: a damaged file is read to the damage again and again.
        if trouble := next((rows.trouble for _, rows in asked if rows and rows.trouble), None):
            raise MetricResolutionError(str(trouble), [metric for metric, _ in asked])
        self._runtime_configuration = runtime_configuration
        known = dict(metrics or {})
        return {metric.id: self._resolve(metric, rows, how, known) for metric, rows, how in plans}

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> "DataFrame":
        """Load what the metric that pandas computes just now needs: its columns, or the distinct values of one."""
        rows = self._rows(domain_kwargs)
        if rows is None:
            return super().get_domain_records(domain_kwargs)
        batch = domain_kwargs.get("batch_id") or self.batch_manager.active_batch_data_id
        with _noting_trouble(rows):
            # A second engine filters what was loaded, so that the frame of this one stays empty.
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
            except (duckdb.OutOfMemoryException, QueryError) as error:  # pandas would take more memory still
                raise MetricResolutionError(str(error), (metric,)) from error
            except duckdb.Error:  # a pattern that DuckDB refuses, for example, or numbers beyond its range
                pass
        return self._fall_back(metric, known)

    def _fall_back(self, metric: MetricConfiguration, known: Metrics) -> Any:
        """Let Great Expectations compute a metric by pandas, after those it depends on that were deferred."""
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
        columns = [name for name in dict.fromkeys(list_columns(domain)) if name in rows.schema.names]
        if metric.metric_name in OF_DISTINCT_VALUES and not domain.get("row_condition"):
            return rows.distinct(columns[0])
        format_ = metric.metric_value_kwargs.get("result_format") or {}
        whole = domain.get("row_condition") or metric.metric_name.endswith(".unexpected_rows")
        whole = whole or format_.get("unexpected_index_column_names") or not columns
        return rows.read(rows.schema.names if whole else columns)

    def _rows(self, domain: Mapping[str, Any]) -> Rows | None:
        """Find the rows of a batch, by default of the one loaded last; None if its frame holds its rows itself."""
        manager = self.batch_manager
        batch = domain.get("batch_id")
        data = manager.batch_data_cache.get(batch) if batch else manager.active_batch_data
        rows = data.dataframe.attrs.get("rows") if data else None
        return rows if isinstance(rows, Rows) else None


@contextmanager
def _noting_trouble(rows: Rows) -> Iterator[None]:
    """Keep an error that stops every metric, for `open_rows` to raise: Great Expectations makes results of them."""
    try:
        yield
    except UnreadableError as error:
        rows.trouble = error
        raise
    except duckdb.OutOfMemoryException as error:
        rows.trouble = too_little_memory(error)
        raise


class DuckDBDatasource(PandasDatasource):  # type: ignore[misc]  # as above
    """A data source for the frames of `open_rows`: "duckdb" is its type in a project's settings."""

    asset_types: ClassVar = [DataFrameAsset]
    type: Literal["duckdb"] = "duckdb"

    @property
    def execution_engine_type(self) -> Engine:
        """Return the engine that computes the metrics."""
        return DuckDBExecutionEngine
