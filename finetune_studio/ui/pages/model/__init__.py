"""Parts of the model page: filters, cards, the table, details, and models from this computer."""
