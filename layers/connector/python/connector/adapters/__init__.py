"""The edges: each package speaks to one outside system and keeps one port's promises."""
