"""What points a swarm at a portal: its steps file, test accounts, rows of data and one-time codes."""
