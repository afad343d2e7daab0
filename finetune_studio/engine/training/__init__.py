"""Training: the loop, its steps, and everything that survives its end."""
