"""The `event` engine: one compiled loop that interprets any network, event by event."""
