"""`director character`: characters that every film of a workspace has in common."""

from director_dagster.cli.recurring import group

command = group("character")
