"""Demand: how many sessions are expected when, where and for what, and how days differ."""
