"""From files to batches: reading, checking, dividing, caching, augmenting."""
