"""Rehearse the day a nation's public-service portal becomes the only door."""
