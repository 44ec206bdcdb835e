"""The smallest plan that keeps its budgets: what a load asks of each station, between which numbers, and the search."""
