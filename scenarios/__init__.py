"""Scenarios: what is played, by whom and when; and the sessions drawn from them."""
