"""Validation: check raw and prepared tables against the expectations in operation/tests/data_validation."""
