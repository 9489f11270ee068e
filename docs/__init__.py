"""Pages about the connector; those that say what the code says are made from it (`docs.reference`)."""
