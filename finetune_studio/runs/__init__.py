"""Run folders, the memory of everything that was trained, and an index over them."""
