"""Models for use elsewhere: written, opened again, and only then handed over."""
