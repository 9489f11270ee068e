"""The HTTP interface that people use, by the page or by their own programs (design 3, docs/openapi.yaml)."""
