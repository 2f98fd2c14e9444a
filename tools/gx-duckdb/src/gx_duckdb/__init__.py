"""Great Expectations' checks computed by DuckDB on parquet files, within a bounded memory."""
