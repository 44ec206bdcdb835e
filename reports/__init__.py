"""Reports: what a run is on disk, and all that reads one: summary, gate, comparison, figures and page."""
