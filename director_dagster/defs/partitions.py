"""How Dagster's assets are partitioned: by film."""

import dagster as dg

FILMS = dg.DynamicPartitionsDefinition(name="films")
