// SPDX-License-Identifier: Apache-2.0

package operation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// TestLoad reports what a hundred instances cost: processor time, requests, and the time from the status of a Source to
// the request that creates what depends on it. The numbers depend on the machine; what is asserted does not.
func TestLoad(t *testing.T) {
	namespace := server.Tenant(t)
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprintf("chain-%03d", i)
	}
	cpu, from, start := cpuOf(t), mark(t), time.Now()
	manifests := chains(t, namespace, 1, names...)
	server.ApplyAll(t, manifests)
	for _, name := range names {
		deal(t, namespace, name, "x")
	}
	for _, o := range product.Instances(manifests) {
		server.Await(t, namespace, o.GetName(), "Ready", "True", "Ready")
	}
	took := time.Since(start)
	server.Quiet(t, namespace, 2*time.Second)
	requests, err := server.Audit.Since(t.Context(), from, nil)
	require.NoError(t, err)
	creates := counted(t, requests, namespace)
	assert.Equal(t, 200, creates, "ConfigMaps that live made")
	report(t, requests, namespace)
	t.Logf("100 instances of three steps: ready after %v, %v of processor time", took.Round(time.Millisecond), cpuOf(t)-cpu)
	idle := cpuOf(t)
	time.Sleep(10 * time.Second)
	t.Logf("at rest for 10 s: %v of processor time", cpuOf(t)-idle)
}

func cpuOf(t *testing.T) time.Duration {
	t.Helper()
	used, err := live.CPU(t.Context())
	require.NoError(t, err)
	return used
}

// counted says how many ConfigMaps live created, and logs its requests by kind.
func counted(t *testing.T, requests []plane.Request, namespace string) int {
	t.Helper()
	kinds, creates := map[string]int{}, 0
	for _, r := range requests {
		if !product.Live(r) {
			continue
		}
		kinds[strings.TrimSuffix(r.Verb+" "+r.Object.Resource+"/"+r.Object.Subresource, "/")]++
		if r.Object.Resource == "configmaps" && r.Object.Namespace == namespace && r.Code == 201 {
			creates++
		}
	}
	lines := make([]string, 0, len(kinds))
	for kind, n := range kinds {
		lines = append(lines, fmt.Sprintf("%d %s", n, kind))
	}
	slices.Sort(lines)
	t.Logf("requests of the controller: %s", strings.Join(lines, ", "))
	return creates
}

// report logs how long it took from the status of a Source to the request that made the first ConfigMap.
func report(t *testing.T, requests []plane.Request, namespace string) {
	t.Helper()
	statuses := map[string]time.Time{}
	var waits []time.Duration
	for _, r := range requests {
		if r.Object.Namespace != namespace {
			continue
		}
		if r.Object.Resource == "sources" && r.Object.Subresource == "status" {
			statuses[r.Object.Name] = r.Received
		}
		chain, first := strings.CutSuffix(r.Object.Name, "-first")
		if r.Object.Resource == "configmaps" && first && r.Code == 201 {
			waits = append(waits, r.Received.Sub(statuses[chain]))
		}
	}
	require.NotEmpty(t, waits)
	slices.Sort(waits)
	t.Logf("from a status to the request that it allows: median %v, longest %v",
		waits[len(waits)/2].Round(time.Millisecond), waits[len(waits)-1].Round(time.Millisecond))
}

// TestLeaks runs instances 2,000 times: neither goroutines nor memory grow with it.
func TestLeaks(t *testing.T) {
	namespace := server.Tenant(t)
	names := []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	manifests := chains(t, namespace, 1, names...)
	server.ApplyAll(t, manifests)
	for _, name := range names {
		deal(t, namespace, name, "x")
	}
	instances := product.Instances(manifests)
	for _, o := range instances {
		server.Await(t, namespace, o.GetName(), "Ready", "True", "Ready")
	}
	run := func(upTo float64) {
		for token := 0; runs(t) < upTo; token++ {
			for _, o := range instances {
				request(t, namespace, o.GetName(), fmt.Sprintf("%v-%d", upTo, token))
			}
			require.Less(t, token, 3000, "the controller does not run what it is asked to")
		}
	}
	run(runs(t) + 200)
	goroutines, heap := size(t)
	run(runs(t) + 2000)
	moreGoroutines, moreHeap := size(t)
	t.Logf("goroutines %v → %v, heap %.1f → %.1f MiB", goroutines, moreGoroutines, heap/(1<<20), moreHeap/(1<<20))
	assert.LessOrEqual(t, moreGoroutines, goroutines+10)
	assert.LessOrEqual(t, moreHeap, heap*1.3+8*(1<<20))
}

func runs(t *testing.T) float64 {
	t.Helper()
	n, err := live.Metric(t.Context(), "controller_runtime_reconcile_total", "workflowinstance")
	require.NoError(t, err)
	return n
}

// size gives the goroutines and the bytes of living objects, after a collection.
func size(t *testing.T) (goroutines, heap float64) {
	t.Helper()
	time.Sleep(3 * time.Second)
	for range 2 {
		_, err := live.Profile(t.Context(), "heap?gc=1&debug=1")
		require.NoError(t, err)
	}
	goroutines, err := live.Metric(t.Context(), "go_goroutines")
	require.NoError(t, err)
	heap, err = live.Metric(t.Context(), "go_memstats_heap_alloc_bytes")
	require.NoError(t, err)
	return goroutines, heap
}
