"""The animatic: a free, offline, deterministic artist, camera, voice and composer."""
