"""How the catalog came to its present shape; `session.migrate` runs them."""
