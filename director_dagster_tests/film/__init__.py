"""Tests of whole films, made by the command as its users make them."""
