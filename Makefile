PYTHON ?= python3

.PHONY: examples test test-photo test-all check bench docs train

examples:  ## colour examples/ and draw docs/before-after.jpg
	$(PYTHON) examples/draw_sheet.py

test:  ## the fast tests
	$(PYTHON) -m pytest -m "not slow"

test-photo:  ## the fast tests of photo and color, without torch, on all cores
	$(PYTHON) -m pytest -n auto -m "not slow and not torch" tests/photo tests/color

test-all:  ## every test
	$(PYTHON) -m pytest -m ""

check:  ## style, types, who imports whom
	$(PYTHON) -m ruff check src tests benchmarks examples docs
	$(PYTHON) -m ruff format --check src tests benchmarks examples docs
	$(PYTHON) -m mypy --strict src/tinct
	lint-imports

bench:  ## ratios measured in one run; DATA=photos.tar adds those that need photos in colour
	for name in full_size colouring networks photo_fidelity photo_streaming photo_old_material video archive studio; do \
		echo "== $$name"; $(PYTHON) benchmarks/$$name.py || exit 1; done
	if [ -n "$(DATA)" ]; then $(PYTHON) benchmarks/photo_upsampling.py $(DATA) && \
		$(PYTHON) benchmarks/control.py $(DATA) && \
		tinct evaluate tinct-m grey mean-colour --data $(DATA); fi

docs:  ## the documentation site, in build/site (needs: pip install --group docs)
	$(PYTHON) docs/architecture.py
	$(PYTHON) docs/cli_reference.py
	$(PYTHON) -m mkdocs build --strict

train:  ## tinct-m, from the shards in data/photos and data/unlabelled, in twenty minutes of one GPU and 75 of one core
	$(PYTHON) experiments/gpu_train.py experiments/tinct-m-1.yaml@3.2 experiments/tinct-m-2.yaml@6.6 --data data/photos --run runs/tinct-m-2
	$(PYTHON) experiments/gpu_train.py --join runs/tinct-m-2
	$(PYTHON) experiments/gpu_train.py experiments/tinct-m-3.yaml@75 --data data/photos --unlabelled data/unlabelled --run runs/tinct-m-3 \
		--device cpu --consistent 6 --every 2 --consistency 0.1 --capacity 10 7700 2500
	$(PYTHON) experiments/gpu_train.py --join runs/tinct-m-3
	tinct export runs/tinct-m-3 -o runs/tinct-m-half --mix-weight 0.5 --mix-from runs/tinct-m-2
	$(PYTHON) experiments/gpu_train.py experiments/tinct-m-4.yaml@1.6 experiments/tinct-m-5.yaml@8.9 --data data/photos --unlabelled data/unlabelled \
		--run runs/tinct-m-5 --consistent 16 --every 2 --consistency 0.1 --capacity 50000 54000 5200
	$(PYTHON) experiments/gpu_train.py --join runs/tinct-m-5
	tinct export runs/tinct-m-5 -o models/tinct-m --temperature 0.6 --chroma-gain 1.68 --chroma-limit 18 20 \
		--short-side 256 --short-sides 192 --short-sides 320 --mix-weight 0.5 --mix-from runs/tinct-m-3
