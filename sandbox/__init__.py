"""Stand-ins of the two vendors, for development and tests; they share nothing with the connector."""
