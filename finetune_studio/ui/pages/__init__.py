"""One page a step. No page imports another page."""
