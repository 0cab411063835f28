"""Providers: who makes pictures, voices, music and scripts, for money or (the animatic) for nothing."""
