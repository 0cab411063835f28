"""Tests of the story: the film as values."""
