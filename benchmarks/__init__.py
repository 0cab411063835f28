"""What the documents claim about speed and memory, measured beside its limit and its peers."""
