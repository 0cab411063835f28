"""The providers' side of their contracts, on loopback: for tests, and for trying a crew without a key.

It keeps a list of its own of what it has charged, which no crash of ours can falsify.
"""
