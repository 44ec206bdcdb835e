"""Queueing theory: closed forms and exact numerical solutions, each with where it applies and its source."""
