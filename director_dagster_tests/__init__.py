"""The tests of director_dagster; they mirror the package, room by room."""
