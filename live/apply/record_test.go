// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestFieldOf(t *testing.T) {
	t.Parallel()
	for due, want := range map[string]string{
		"'spec' -> 'replicas' -> <target:[3], resource:[5]>":                   "'spec' -> 'replicas'",
		"'spec' -> 'x' -> <target:[a -> <b>], resource:[c]>":                   "'spec' -> 'x'",
		"'spec' -> at index '0' -> <missing 'image' in resource>":              "'spec' -> at index '0' -> 'image'",
		"<missing 'spec' in resource>":                                         "'spec'",
		"'data' -> <missing 'value of a set'>":                                 "'data'",
		"'data' -> <unexpectedly found 'value'>":                               "'data'",
		"'spec' -> 'list' -> <length mismatch target:1, actual:2>":             "'spec' -> 'list'",
		"'spec' -> 'x' -> <target:null, resource:string":                       "'spec' -> 'x'",
		"'a' -> Could not compare array-as-map (every item must be an object)": "'a' -> Could not compare array-as-map (every item must be an object)",
		"ownerReferences": "ownerReferences",
		"":                "",
	} {
		assert.Equal(t, want, fieldOf(due), due)
	}
}

func TestTired(t *testing.T) {
	t.Parallel()
	start := time.Unix(0, 0)
	h := &history{}
	tired := func(field string, at time.Duration) bool {
		_, tired := h.tired(field, start.Add(at))
		return tired
	}
	h.aim("one")
	assert.False(t, tired("a", 0))
	h.fought("a", start)
	assert.False(t, tired("a", 0))
	h.fought("a", start.Add(time.Minute))
	assert.True(t, tired("a", time.Minute))
	assert.False(t, tired("b", time.Minute), "another field")
	rest, _ := h.tired("a", start.Add(2*time.Minute))
	assert.Equal(t, 59*time.Minute, rest)
	assert.False(t, tired("a", 61*time.Minute), "an hour later")
	h.fought("a", start)
	h.fought("a", start)
	h.aim("one")
	assert.True(t, tired("a", 0))
	h.aim("two")
	assert.False(t, tired("a", 0), "another target")
	h.born = true
	h.fought("a", start)
	assert.True(t, tired("a", 0), "creation was a write")
}

func TestWait(t *testing.T) {
	t.Parallel()
	start := time.Unix(0, 0)
	h := &history{}
	wait, failure := h.wait("x", "", start)
	assert.Zero(t, wait)
	assert.Nil(t, failure)
	h.wrote(start, 30*time.Second)
	wait, failure = h.wait("x", "", start.Add(10*time.Second))
	assert.Equal(t, 20*time.Second, wait)
	assert.Nil(t, failure)
	c := &Change{Verb: Failed}
	h.failedAt(start, "x", c, time.Minute)
	wait, failure = h.wait("x", "", start.Add(time.Second))
	assert.Equal(t, 59*time.Second, wait)
	assert.Equal(t, c, failure)
	wait, _ = h.wait("y", "", start.Add(time.Second))
	assert.Zero(t, wait, "something else is tried at once")
	wait, _ = h.wait("x", "", start.Add(time.Minute))
	assert.Zero(t, wait)
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for _, times := range []int{0, 1, 5, 6, 100} {
		got = append(got, backoff(times))
	}
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 32 * time.Second, time.Minute, time.Minute}, got)
}

func TestGrace(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	h := &history{}
	assert.Equal(t, time.Minute, h.grace(now, time.Minute))
	assert.Equal(t, 40*time.Second, h.grace(now.Add(20*time.Second), time.Minute))
	assert.LessOrEqual(t, h.grace(now.Add(time.Minute), time.Minute), time.Duration(0))
	h.unwanted = time.Time{} // wanted again
	assert.Equal(t, time.Minute, h.grace(now.Add(time.Hour), time.Minute))
}
