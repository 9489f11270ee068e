"""Stand-in of 24SevenOffice's SOAP services Authenticate, Company, Product, InvoiceOrder and Client."""
