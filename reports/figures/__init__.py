"""Figures of a run; the only place that imports matplotlib."""
