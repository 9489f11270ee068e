"""The connector between Smartday (field service) and 24SevenOffice (ERP)."""

__version__ = "0.1.0"
