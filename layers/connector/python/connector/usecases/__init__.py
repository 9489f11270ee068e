"""The order of steps: each module is one use case and talks to ports only."""
