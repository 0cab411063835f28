"""The tests of the embedded Postgres."""
