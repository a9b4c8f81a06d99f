// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"math/rand"
	"sync"
	"testing"
	"time"

	"github.com/fluxcd/pkg/runtime/jitter"
	"github.com/stretchr/testify/assert"
)

// TestRandomness is for the race detector, and for numbers that are not all the same.
func TestRandomness(t *testing.T) {
	t.Parallel()
	vary := jitter.Percent(0.5, rand.New(randomness{}))
	var mu sync.Mutex
	seen := map[time.Duration]bool{}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 100 {
				d := vary(time.Hour)
				mu.Lock()
				seen[d] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	assert.Greater(t, len(seen), 900)
	for d := range seen {
		assert.InDelta(t, time.Hour, d, float64(30*time.Minute))
	}
}
