"""Tests of director_dagster.media."""
