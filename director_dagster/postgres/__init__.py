"""The embedded Postgres: its server, its programs, and which database this studio works on."""
