# SPDX-License-Identifier: Apache-2.0

VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME   ?= 10m
BENCHTIME  ?= 1s
RUNS       ?= 11
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
CONTROLLERGEN = sigs.k8s.io/controller-tools/cmd/controller-gen@v0.20.1
BUILD_FLAGS = -trimpath -tags urfave_cli_no_docs -ldflags "-s -w -X main.version=$(VERSION)"

.PHONY: help build test race lint generate verify bench fuzz soundness controlplane schema smoke e2e live argocd krm flux images browser clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/korender and bin/korender-live, static
	CGO_ENABLED=0 go build $(BUILD_FLAGS) -o bin/korender ./cmd/korender
	CGO_ENABLED=0 go build $(BUILD_FLAGS) -o bin/korender-live ./cmd/korender-live

test: ## Run all tests
	go test ./...

race: ## Run the tests of the engine and of the controllers with the race detector
	go test -race ./render/... ./live/... ./plugin/flux/...

lint: ## Check formatting, vet and staticcheck
	@test -z "$$(gofmt -l cmd krm-fn live plugin render test)" || { echo "not gofmt'ed:"; gofmt -l cmd krm-fn live plugin render test; exit 1; }
	go vet ./...
	go run $(STATICCHECK) -checks "all,-ST1023" ./...

generate: ## Regenerate everything that is generated, the expected output of the examples too
	go generate ./...
	go run $(CONTROLLERGEN) object crd paths=./live/api/... output:crd:dir=live/config/crd
	go run $(CONTROLLERGEN) object crd paths=./plugin/flux/api/... output:crd:dir=plugin/flux/config/crd
	go test ./test -run "TestExamples|TestStages|TestScripts" -update

verify: generate ## Regenerate, and fail if that changes anything
	@git diff --exit-code && test -z "$$(git status --porcelain)" || { git status --short; exit 1; }

bench: build ## Benchmarks beside the code, then whole processes as a multiple of the floor (RUNS=11)
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./render/... ./krm-fn ./plugin/preview
	CGO_ENABLED=0 go build $(BUILD_FLAGS) -o bin/floor ./test/floor
	CGO_ENABLED=0 go build $(BUILD_FLAGS) -o bin/bench ./test/bench
	bin/bench -runs $(RUNS) -korender bin/korender -floor bin/floor -example examples/web-workload

fuzz: ## Run every fuzz target, one after the other (FUZZTIME=10m each)
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
	    echo "$$target in $$(dirname $$file), $(FUZZTIME)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$(dirname $$file) || exit 1; \
	  done; \
	done

controlplane: ## Build a real Kubernetes control plane for the tests: 11 minutes of CPU once, then cached
	cd test/controlplane && CGO_ENABLED=0 nice -n 19 go run -trimpath ./cmd/controlplane build

schema: controlplane ## Ask a real API server again which fields it stores in another form: render/schema/builtin.txt
	cd test/controlplane && CGO_ENABLED=0 go run -trimpath ./cmd/schema >builtin.out && mv builtin.out ../../render/schema/builtin.txt

smoke: controlplane ## Hold korender to a real API server in half a minute: a part of e2e
	cd test/controlplane && CGO_ENABLED=0 go test -trimpath -count=1 -timeout 5m -run 'TestSmoke$$' ./soundness
	cd test/live && go test -count=1 -timeout 5m -run TestSmoke ./smoke
	cd test/argocd && CGO_ENABLED=0 go test -trimpath -count=1 -timeout 40m -run 'TestSmoke$$' ./render
	cd test/flux && go test -count=1 -timeout 10m -run 'TestSources|TestStorageLost' ./faults
	cd test/krm && go test -short -count=1 -timeout 10m -run TestExamples .

live: controlplane ## Hold korender-live, under the race detector, to a real API server; what it says stays in test/live/last-run.txt
	cd test/live && { { go test -race -p 1 -parallel 8 -count=1 -v -timeout 60m ./... && \
	  echo "# What is measured, without the race detector" && go test -count=1 -v -timeout 20m ./operation; } >last-run.out 2>&1; \
	  status=$$?; grep -v '^=== ' last-run.out | tee last-run.txt; rm last-run.out; exit $$status; }

krm: controlplane ## Hold the KRM function to real kustomize, kpt and Helm (built once, 8 minutes of CPU); what it says stays in test/krm/last-run.txt
	cd test/krm && nice -n 19 go run ./cmd/tools && { { go test -count=1 -v -timeout 20m ./... && (cd live && go test -count=1 -v -timeout 20m ./...); } >last-run.out 2>&1; \
	  status=$$?; if [ $$status = 0 ]; then grep -vE '^(=== |        |    testscript)' last-run.out; else cat last-run.out; fi | tee last-run.txt; rm last-run.out; exit $$status; }

argocd: controlplane ## Hold the plugin to the real Argo CD (built once, 10 minutes of CPU; needs redis-server, git and root); what it says stays in test/argocd/last-run.txt
	cd test/argocd && CGO_ENABLED=0 nice -n 19 go run -trimpath ./cmd/build && { CGO_ENABLED=0 go test -p 1 -trimpath -count=1 -v -timeout 40m ./... >last-run.out 2>&1; \
	  status=$$?; grep -v '^=== ' last-run.out | tee last-run.txt; rm last-run.out; exit $$status; }

flux: controlplane ## Hold the source for Flux to Flux's real controllers (built once, 20 minutes of CPU; needs git); what it says stays in test/flux/last-run.txt
	cd test/flux && { nice -n 19 go run ./cmd/build >/dev/null && go test -p 1 -count=1 -v -timeout 40m ./...; } >last-run.out 2>&1; \
	  status=$$?; grep -v '^=== ' last-run.out | tee last-run.txt; rm last-run.out; exit $$status

browser: ## Look at the pages in a real headless Chromium (needs chromium and git); what it says stays in test/browser/last-run.txt
	cd test/browser && { go test -p 1 -count=1 -v -timeout 20m ./... >last-run.out 2>&1; \
	  status=$$?; grep -v '^=== ' last-run.out | tee last-run.txt; rm last-run.out; exit $$status; }

images: ## Build every image, and run it as its host does: kustomize, kpt, Argo CD's own server (DOCKER=podman); what it says stays in test/images/last-run.txt
	cd test/images && { ./run >last-run.out; status=$$?; tee last-run.txt <last-run.out; rm last-run.out; exit $$status; }

e2e: controlplane ## Hold korender and korender-live to a real API server; what it says stays in test/*/last-run.txt
	cd test/controlplane && { CGO_ENABLED=0 go test -p 1 -trimpath -count=1 -v -timeout 20m -skip 'TestSmoke$$' ./... >last-run.out 2>&1; \
	  status=$$?; grep -v '^=== ' last-run.out | tee last-run.txt; rm last-run.out; exit $$status; }
	$(MAKE) live
	$(MAKE) argocd
	$(MAKE) flux
	$(MAKE) krm
	$(MAKE) browser

soundness: ## A million random expressions and 100,000 Workflows, with and without unknowns, and 2,000 previews with and without shortcuts; what it says stays in test/soundness.txt
	@{ KORENDER_SOUNDNESS_CASES=1100000 go test -count=1 -v -timeout 0 -run 'TestSoundness$$' ./render/expr && \
	  KORENDER_SOUNDNESS_CASES=100000 go test -count=1 -v -timeout 0 -run 'TestSoundness$$' ./render/eval && \
	  KORENDER_PREVIEW_CASES=2000 go test -count=1 -v -timeout 0 -run 'TestOnlyTheAffectedAreEvaluated$$|TestSharedFolder$$' ./plugin/preview; } >test/soundness.txt; \
	status=$$?; grep -v '^=== ' test/soundness.txt; exit $$status

clean: ## Remove what was built
	rm -rf bin
