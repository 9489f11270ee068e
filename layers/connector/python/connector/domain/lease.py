"""The right to act for a time; it ends after the process that holds it (design 4.4)."""

from datetime import timedelta

SAVE_TIMEOUT = timedelta(seconds=30)
"""A create at the ERP is given up after this; none is started that couldn't end within the lease."""

LEASE_MARGIN = timedelta(seconds=10)
"""A lease outlives its invocation's own deadline by this much, so a live owner is never robbed."""
