PYTHON ?= python3

.PHONY: examples test test-all check bench docs train

examples:  ## colour examples/ and draw docs/before-after.jpg
	$(PYTHON) examples/draw_sheet.py

test:  ## the fast tests
	$(PYTHON) -m pytest -m "not slow"

test-all:  ## every test
	$(PYTHON) -m pytest -m ""

check:  ## style, types, who imports whom
	$(PYTHON) -m ruff check src tests benchmarks examples docs
	$(PYTHON) -m ruff format --check src tests benchmarks examples docs
	$(PYTHON) -m mypy --strict src/tinct
	lint-imports

bench:  ## ratios measured in one run; DATA=photos.tar adds those that need photos in colour
	for name in colouring networks photo_fidelity photo_streaming photo_old_material; do \
		echo "== $$name"; $(PYTHON) benchmarks/$$name.py || exit 1; done
	if [ -n "$(DATA)" ]; then $(PYTHON) benchmarks/photo_upsampling.py $(DATA) && \
		tinct evaluate tinct-s grey mean-colour --data $(DATA); fi

docs:  ## the documentation site, in build/site (needs: pip install --group docs)
	$(PYTHON) docs/architecture.py
	$(PYTHON) docs/cli_reference.py
	$(PYTHON) -m mkdocs build --strict

train:  ## all stages of tinct-s, from the photo shards in data/photos and data/more (see docs/training-log.md)
	tinct train experiments/tinct-s-1-decoder.yaml
	tinct train experiments/tinct-s-2-tail.yaml
	tinct train experiments/tinct-s-3-tail.yaml
	tinct train experiments/tinct-s-4-balance.yaml
	tinct train experiments/tinct-s-5-near.yaml
	tinct train experiments/tinct-s-6-seen.yaml
	tinct train experiments/tinct-s-7-judged.yaml
	tinct train experiments/tinct-s-8-even.yaml --init runs/tinct-s-7-judged
