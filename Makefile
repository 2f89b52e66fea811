# `make docs` builds the site into build/docs, without a network; warnings are errors.
.PHONY: docs
docs:
	python -m sphinx --fail-on-warning --keep-going --quiet docs build/docs
