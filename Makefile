# make run   opens the window on a sample project; without a display trains it in the terminal
# make test  checks style, types and layers, and runs every test
# make bench measures speed against other programs (BENCH="--quick", BENCH="--help": what there is)
# Each sets up what is missing first, and is quick when nothing is.

.PHONY: run test bench clean

# Compiled files make the next start a quick one, even where the machine switches them off.
unexport PYTHONDONTWRITEBYTECODE

run:
	@sh packaging/setup.sh
	@.venv/bin/python -m finetune_studio sample

test:
	@sh packaging/setup.sh dev
	@sh packaging/check.sh

bench:
	@sh packaging/setup.sh bench
	@.venv-bench/bin/python -m tests.benchmarks $(BENCH)

clean:
	rm -rf .venv .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find finetune_studio tests -name __pycache__ -type d -prune -exec rm -rf {} +
