"""Parts of the data page: where the data come from, what is in them, how they are read."""
