"""An AI-film studio on Dagster: everything is an asset, is preserved, and has a way to be reused."""
