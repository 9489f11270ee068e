"""Benchmarks: each compares the connector with another way of doing the same, in one run; ratios count."""
