"""Smartday Bridge, the field service (contract smartday 4, assumed): the only room that knows its wire.

Import the modules, not this package: `webhook_proof` must load without an HTTP client.
"""
