"""Tests of runs as people make them from Dagster's page: real servers and runs, a provider that counts its charges."""
