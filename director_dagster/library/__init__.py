"""The library: pages and an API on which people find, watch and use again what the studio has made."""
