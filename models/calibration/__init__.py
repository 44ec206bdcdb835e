"""Calibration: from levels of measured load to a plan's demands, and how sure they are."""
