"""Baselines: runs that others are compared with, where they are kept, and how a difference is judged."""
