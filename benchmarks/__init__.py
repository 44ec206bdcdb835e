"""Benchmarks: one script a claim, each with its bound or its named peer; `make bench` runs all of them."""
