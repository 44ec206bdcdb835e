"""What every layer may use: errors that carry their exit code, and TOML with line numbers."""
