// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/test/live/plane"
)

// TestQuiet has instances of every end in one cluster, in which nothing changes any more: for twenty seconds the controller
// writes nothing anywhere, and reads nothing either but what it watches. It runs alone, before the others.
func TestQuiet(t *testing.T) {
	ready := deploy(t, "v1", "ConfigMap", configMap, "{mode: mine, other: one}")
	fought := deploy(t, "apps/v1", "Deployment", deployment(""), "{image: example.com/app, mode: first}")
	waiting := deploy(t, "v1", "ConfigMap", configMap+`
  postconditions:
    - {assert: =has(resource.data.signal), retry: {message: no signal, delay: 300}}
`, "{mode: mine, other: one}")
	failed := deploy(t, "v1", "ConfigMap", configMap+`
  postconditions:
    - {assert: =resource.data.mode == "theirs", permFail: {message: not theirs}}
`, "{mode: mine, other: one}")
	ready.ready()
	fought.ready()
	fought.foreign("injector", sidecar)
	fought.notConverging("it differs again after every write: 'spec' -> 'template' -> 'spec' -> 'containers'")
	server.Await(t, waiting.namespace, waiting.instance, "Ready", "Unknown", "Wait")
	server.Await(t, failed.namespace, failed.instance, "Ready", "False", "Failure")
	for _, a := range []*app{ready, fought, waiting, failed} {
		a.calm()
	}

	from := ready.mark()
	time.Sleep(20 * time.Second)
	assert.Empty(t, all(t, from))

	// What is waited for wakes the one that waits, and none of the others.
	require.NoError(t, waiting.merge(`{"data":{"signal":"given"}}`))
	waiting.ready()
	waiting.calm()
	for _, line := range all(t, from) {
		assert.Contains(t, line, waiting.namespace)
	}
	assert.Equal(t, []string{"patch"}, waiting.writes(0))
	assert.Empty(t, append(ready.texts(from), append(fought.texts(from), failed.texts(from)...)...))
}

// all lists what live asked of the server since a mark. Watches go on, and what an account may read is asked again each
// minute by those that look again after a delay: neither changes anything.
func all(t *testing.T, from plane.Mark) []string {
	t.Helper()
	found, err := server.Audit.Since(t.Context(), from, func(r plane.Request) bool {
		return r.UserAgent == "korender-live" && r.Verb != "watch" && r.Object.Resource != "subjectaccessreviews"
	})
	require.NoError(t, err)
	var out []string
	for _, r := range found {
		out = append(out, r.Verb+" "+r.Object.String()+" "+string(r.Body))
	}
	return out
}

// TestRestart kills the controller in the middle of a fight, and another one begins: what was made anew for a target is
// not made anew once more, and what is as it should be is not touched. It runs alone, before the others.
func TestRestart(t *testing.T) {
	ready := deploy(t, "v1", "ConfigMap", configMap, "{mode: mine, other: one}")
	anew := deploy(t, "v1", "ConfigMap", remade, "{mode: mine, other: one}")
	fought := deploy(t, "apps/v1", "Deployment", deployment(""), "{image: example.com/app, mode: first}")
	ready.ready()
	anew.ready()
	fought.ready()
	anew.change("{mode: mine, other: two}")
	anew.until(func() bool {
		return server.Exists(t, "v1", "ConfigMap", anew.namespace, "made") && anew.field("data", "other") == `"two"`
	}, "the object of the new target")
	anew.ready()
	require.NoError(t, anew.merge(`{"data":{"mode":"theirs"}}`))
	fought.foreign("injector", sidecar)
	anew.notConverging("it was made anew for this target once, and differs again: 'data' -> 'mode'")
	fought.notConverging("it differs again after every write: 'spec' -> 'template' -> 'spec' -> 'containers'")
	for _, a := range []*app{ready, anew, fought} {
		a.calm()
	}

	from := ready.mark()
	live.Kill()
	var err error
	live, err = server.Start(t.Context())
	require.NoError(t, err)
	for _, a := range []*app{ready, anew, fought} {
		a.calm()
	}
	assert.Empty(t, ready.texts(from))
	assert.Empty(t, anew.writes(from))
	assert.LessOrEqual(t, len(fought.writes(from)), 2)
	ready.ready()
	anew.notConverging("it was made anew for this target once, and differs again: 'data' -> 'mode'")
	fought.notConverging("it differs again after every write: 'spec' -> 'template' -> 'spec' -> 'containers'")
}
