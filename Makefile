# make run   opens the window on a sample project; without a display trains it in the terminal
# make test  checks style, types and layers, and runs every test
# Both set up what is missing first, and are quick when nothing is.

.PHONY: run test clean

# Compiled files make the next start a quick one, even where the machine switches them off.
unexport PYTHONDONTWRITEBYTECODE

run:
	@sh packaging/setup.sh
	@.venv/bin/python -m finetune_studio sample

test:
	@sh packaging/setup.sh dev
	@sh packaging/check.sh

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find finetune_studio tests -name __pycache__ -type d -prune -exec rm -rf {} +
