"""The questions that are asked of Postgres: one function each, which takes the session and never commits."""
