"""In-memory stand-ins of the ports, with the promises of the real adapters (tests/contract proves it)."""
