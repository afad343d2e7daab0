"""Carries jobs to a process of their own, and what happens there back. Does no work itself."""
