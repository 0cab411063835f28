"""The vault: where bytes are kept; it knows digests, not films."""
