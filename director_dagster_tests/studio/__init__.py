"""Tests of the studio's verbs and of its gate."""
