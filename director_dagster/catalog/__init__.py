"""The catalog: what Postgres knows of films, assets, takes and money."""
