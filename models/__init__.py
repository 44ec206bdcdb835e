"""Models: pure mathematics and simulation on plain arrays; no clock, no state, no I/O but plan files."""
