"""Parts of the Hyperparameters page."""
