"""Stand-in of Smartday Bridge: an honest server of contract smartday 4, with a control side for tests.

Decision: one process, one event loop, all state in memory; handlers never await between reading and writing
state, so every call is atomic without a lock.
"""
