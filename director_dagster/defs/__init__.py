"""The studio's verbs as Dagster assets: this package translates and never decides."""
