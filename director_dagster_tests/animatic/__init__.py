"""Tests of director_dagster.animatic."""
