// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWithin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields, value, kept m
		less                bool
	}{
		"all":                     {m{"f:a": m{}, "f:b": m{".": m{}, "f:c": m{}}}, m{"a": int64(1), "b": m{"c": nil}}, m{"f:a": m{}, "f:b": m{".": m{}, "f:c": m{}}}, false},
		"a key is gone":           {m{"f:a": m{}, "f:b": m{}}, m{"a": "x"}, m{"f:a": m{}}, true},
		"an inner key is gone":    {m{"f:a": m{"f:b": m{}, "f:c": m{}}}, m{"a": m{"b": "x"}}, m{"f:a": m{"f:b": m{}}}, true},
		"a map became a text":     {m{"f:a": m{"f:b": m{}}}, m{"a": "x"}, m{"f:a": m{}}, true},
		"an atomic list":          {m{"f:a": m{}}, m{"a": l{"x"}}, m{"f:a": m{}}, false},
		"an item by key":          {m{"f:a": m{`k:{"name":"x"}`: m{".": m{}, "f:name": m{}}}}, m{"a": l{m{"name": "x"}}}, m{"f:a": m{`k:{"name":"x"}`: m{".": m{}, "f:name": m{}}}}, false},
		"an item of another key":  {m{"f:a": m{`k:{"name":"x"}`: m{".": m{}}}}, m{"a": l{m{"name": "y"}}}, m{"f:a": m{}}, true},
		"a key with a default":    {m{"f:a": m{`k:{"port":80,"protocol":"TCP"}`: m{".": m{}}}}, m{"a": l{m{"port": int64(80)}}}, m{"f:a": m{`k:{"port":80,"protocol":"TCP"}`: m{".": m{}}}}, false},
		"a key of another kind":   {m{"f:a": m{`k:{"port":80,"protocol":"TCP"}`: m{".": m{}}}}, m{"a": l{m{"port": int64(80), "protocol": "UDP"}}}, m{"f:a": m{}}, true},
		"an item without its key": {m{"f:a": m{`k:{"name":"x"}`: m{".": m{}}}}, m{"a": l{m{"other": "x"}}}, m{"f:a": m{}}, true},
		"a member of a set":       {m{"f:a": m{`v:"x"`: m{}, `v:1`: m{}, `v:"z"`: m{}}}, m{"a": l{"x", int64(1)}}, m{"f:a": m{`v:"x"`: m{}, `v:1`: m{}}}, true},
		"an item by place":        {m{"f:a": m{"i:0": m{}, "i:1": m{}}}, m{"a": l{"x"}}, m{"f:a": m{"i:0": m{}}}, true},
		"what cannot be read":     {m{"f:a": m{"k:{": m{}}}, m{"a": l{}}, m{"f:a": m{"k:{": m{}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, less := within(c.fields, c.value)
			assert.Equal(t, c.kept, kept)
			assert.Equal(t, c.less, less)
		})
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	a, b, status := m{"manager": "a"}, m{"manager": "b"}, m{"manager": "a", "subresource": "status"}
	drop := func(entry any) bool { return managerOf(entry) == "a" }
	for name, c := range map[string]struct {
		have, want l
		changed    bool
	}{
		"one of two":                 {l{a, b}, l{b}, true},
		"none":                       {l{b}, l{b}, false},
		"the only one":               {l{a}, l{m{}}, true},
		"nothing at all":             {nil, nil, false},
		"another's for the status":   {l{a, status}, l{status}, true},
		"only that of a subresource": {l{status}, l{status}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rest, changed := without(m{"metadata": m{"managedFields": c.have}}, drop)
			assert.Equal(t, c.want, l(rest))
			assert.Equal(t, c.changed, changed)
		})
	}
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	former := func(entry any) bool { return managerOf(entry) == "tool" }
	o := m{
		"metadata": m{"managedFields": l{
			m{"manager": "tool", "fieldsV1": m{
				"f:metadata": m{"f:labels": m{"f:a": m{}}},
				"f:spec":     m{"f:kept": m{}, "f:old": m{}, "f:shared": m{}, "f:deep": m{"f:x": m{}, "f:y": m{}}, "f:items": m{`k:{"name":"a"}`: m{}}},
				"f:extra":    m{},
			}},
			m{"manager": "other", "fieldsV1": m{"f:spec": m{"f:shared": m{}}}},
		}},
		"spec":  m{"kept": "1", "old": "2", "shared": "3", "deep": m{"x": "4", "y": "5"}, "items": l{m{"name": "a"}}},
		"extra": "6",
	}
	target := m{"spec": m{"kept": "1", "deep": m{"x": "4"}, "items": l{}}}
	assert.Equal(t, m{"spec": m{"old": nil, "deep": m{"y": nil}}, "extra": nil}, leftovers(o, target, former))
	assert.Equal(t, m{}, leftovers(o, target, func(any) bool { return false }))
}
