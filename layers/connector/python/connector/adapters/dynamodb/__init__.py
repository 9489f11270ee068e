"""The stores that are DynamoDB tables: one module per table (design 4.6)."""
