"""A provider on loopback: a real server in its own process, which charges, waits, delivers media and keeps count."""
