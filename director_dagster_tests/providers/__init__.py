"""Tests of providers/."""
