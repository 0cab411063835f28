"""Tests of director_dagster.library."""
