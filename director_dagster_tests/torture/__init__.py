"""The torture: processes that buy are killed, paused and cut off, and the provider's own list of charges is the judge.

`make torture KILLS=200` runs it and tells what was done and found; the tests run the same, and each of the broken
variants of the gate in `mutants`, which it must find out.
"""
