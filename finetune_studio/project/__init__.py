"""What the user decides: one frozen value, its checks and its file. Knows only pydantic."""
