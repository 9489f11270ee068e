"""24SevenOffice over SOAP: the `Erp` port, and the proof of a login."""
