"""The library: the web page where people find, look at and reuse what the studio has made."""
