"""Tests of the catalog, on a real Postgres."""
