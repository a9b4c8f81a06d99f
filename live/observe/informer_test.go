// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/korender/korender/render/manifest"
)

func TestAnInformerThatFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		takes time.Duration // at most
		want  Refusal
	}{
		"may not list": {forbidden, 0, Refusal{secretA, Unavailable, "watch secrets: secrets is forbidden: no"}},
		"not served":   {missing, 0, Refusal{secretA, NotServed, "Secret/v1 is not served by the cluster"}},
		"broken":       {broken, 2 * time.Second, Refusal{secretA, Unavailable, "watch secrets: the server answered 500 InternalError"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.put(secrets, secretA, "1")
				w.fail("secrets", test.err)
				before := time.Now()
				assert.Equal(t, picture{refusals: []Refusal{test.want}, absent: []manifest.ID{mapA}}, w.see("web", secretA, mapA))
				assert.LessOrEqual(t, time.Since(before), test.takes)
				before = time.Now()
				assert.Equal(t, picture{refusals: []Refusal{test.want}}, w.see("web", secretA))
				assert.Zero(t, time.Since(before), "nobody waits for it again")
				assert.Empty(t, drain(w.Changes()))

				w.fail("secrets", nil)
				select { // by itself
				case told := <-w.Changes():
					assert.Equal(t, named("web"), told)
				case <-time.After(time.Minute):
					assert.Fail(t, "not told that it is there")
				}
				assert.Equal(t, picture{objects: []manifest.Object{found(secretA, "1")}}, w.see("web", secretA))
			})
		})
	}
}

func TestAnInformerThatHasFailedIsMadeAnewWhenSomebodyReads(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(secrets, secretA, "1")
		w.fail("secrets", forbidden)
		for range 8 { // so that its own tries are far apart
			w.see("web", secretA)
			time.Sleep(3 * time.Second)
		}
		w.see("other", secretA)
		w.fail("secrets", nil)
		time.Sleep(5 * time.Second)
		want := picture{objects: []manifest.Object{found(secretA, "1")}}
		assert.Equal(t, want, w.see("web", secretA))
		assert.ElementsMatch(t, []types.NamespacedName{named("web"), named("other")}, unique(drain(w.Changes())))
		assert.Equal(t, want, w.see("other", secretA))
	})
}

func TestRightsThatAreTakenAwayFromTheWatch(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(secrets, secretA, "1")
		w.client.PrependWatchReactor("secrets", clienttesting.DefaultWatchReactor(nil, forbidden))
		w.see("web", secretA)
		synctest.Wait()
		refused := picture{refusals: []Refusal{{secretA, Unavailable, "watch secrets: secrets is forbidden: no"}}}
		assert.Equal(t, refused, w.see("web", secretA), "what is listed only would get old")
	})
}

func TestAListThatHangs(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(secrets, secretA, "1")
		w.client.PrependReactor("list", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
			time.Sleep(20 * time.Second)
			return false, nil, nil
		})
		before := time.Now()
		refused := picture{refusals: []Refusal{{secretA, Unavailable, "watch secrets: the first list is not complete yet"}}}
		assert.Equal(t, refused, w.see("web", secretA))
		assert.Equal(t, 15*time.Second, time.Since(before))
		assert.Equal(t, refused, w.see("web", secretA))
		assert.Equal(t, refused, w.see("other", secretA))
		assert.Equal(t, 15*time.Second, time.Since(before), "only the first one waits")
		time.Sleep(5 * time.Second)
		assert.ElementsMatch(t, []types.NamespacedName{named("web"), named("other")}, unique(drain(w.Changes())))
		assert.Equal(t, picture{objects: []manifest.Object{found(secretA, "1")}}, w.see("web", secretA))
	})
}
