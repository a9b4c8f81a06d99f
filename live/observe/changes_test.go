// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"
)

func named(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "prod", Name: name}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	a, b, c := named("a"), named("b"), named("c")
	for name, test := range map[string]struct{ added, want []types.NamespacedName }{
		"nothing":           {nil, nil},
		"in order":          {[]types.NamespacedName{b, a, c}, []types.NamespacedName{b, a, c}},
		"several are one":   {[]types.NamespacedName{a, b, a, a, b}, []types.NamespacedName{a, b}},
		"by namespace, too": {[]types.NamespacedName{a, {Namespace: "dev", Name: "a"}}, []types.NamespacedName{a, {Namespace: "dev", Name: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newChanges()
				for _, instance := range test.added {
					q.add(instance)
				}
				ctx, cancel := context.WithCancel(t.Context())
				go q.run(ctx)
				assert.Equal(t, test.want, drain(q.out))
				cancel()
				_, open := <-q.out
				assert.False(t, open, "closed at the end")
			})
		})
	}
}

// drain takes what is there, until all other goroutines of the bubble wait.
func drain(from <-chan types.NamespacedName) []types.NamespacedName {
	var out []types.NamespacedName
	for {
		synctest.Wait()
		select {
		case instance, open := <-from:
			if !open {
				return out
			}
			out = append(out, instance)
		default:
			return out
		}
	}
}

func TestChangesAreNotLostWhileOneIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newChanges()
		ctx, cancel := context.WithCancel(t.Context())
		go q.run(ctx)
		q.add(named("a"))
		synctest.Wait() // it is in the hand of run, and may be taken at any time
		for range 1000 {
			q.add(named("a"))
		}
		assert.Equal(t, []types.NamespacedName{named("a"), named("a")}, drain(q.out))
		cancel()
	})
}

func TestChangesNeverBlock(t *testing.T) {
	t.Parallel()
	q := newChanges()
	for i := range 10_000 { // nobody runs it
		q.add(named(fmt.Sprint(i)))
	}
	assert.Len(t, q.order, 10_000)
}
