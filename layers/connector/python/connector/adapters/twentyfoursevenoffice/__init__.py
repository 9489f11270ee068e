"""24SevenOffice over SOAP: the `Erp` port, and the proof of a login.

This file stays free of imports: who only needs the time-out below must not pay for zeep, lxml and httpx.
"""

SAVE_TIMEOUT_SECONDS = 30
"""A save is given up after this; none is started with less than this + 5 s left (design 4.4)."""
