// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestInherited(t *testing.T) {
	t.Parallel()
	former := func(entry any) bool { return managerOf(entry) == "tool" }
	tool := m{"manager": "tool", "operation": "Update", "apiVersion": "v1", "fieldsV1": m{
		"f:metadata": m{
			"f:annotations": m{".": m{}, "f:korender.dev/rendered": m{}, "f:argocd.argoproj.io/tracking-id": m{}, "f:argocd.argoproj.io/sync-options": m{}, "f:kustomize.toolkit.fluxcd.io/prune": m{}},
			"f:labels":      m{"f:a": m{}}, "f:finalizers": m{`v:"x"`: m{}},
		},
		"f:spec":   m{"f:items": m{`k:{"name":"a"}`: m{".": m{}, "f:name": m{}}}},
		"f:status": m{"f:x": m{}},
	}}
	scaler := m{"manager": "tool", "subresource": "scale", "fieldsV1": m{"f:spec": m{"f:replicas": m{}}}}
	other := m{"manager": "other", "fieldsV1": m{"f:spec": m{"f:shared": m{}}}}
	patched := m{"manager": Manager, "operation": "Update", "fieldsV1": m{"f:spec": m{"f:y": m{}}}}
	before := m{"manager": Manager, "operation": "Apply", "apiVersion": "v1", "fieldsV1": m{"f:spec": m{"f:items": m{`k:{"name":"b"}`: m{}}, "f:z": m{}}}}
	marks := m{
		"f:annotations": m{".": m{}, "f:korender.dev/rendered": m{}, "f:argocd.argoproj.io/tracking-id": m{}},
		"f:labels":      m{"f:a": m{}},
	}
	ours := func(spec m) m {
		return m{"manager": Manager, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": m{"f:metadata": marks, "f:spec": spec}}
	}
	own := m{`k:{"name":"a"}`: m{".": m{}, "f:name": m{}}}
	for name, c := range map[string]struct {
		have, want l
		changed    bool
	}{
		"nothing of ours before": {l{tool, scaler, other}, l{scaler, other, ours(m{"f:items": own})}, true},
		"with ours": {
			l{patched, before, tool},
			l{patched, ours(m{"f:items": m{`k:{"name":"a"}`: own[`k:{"name":"a"}`], `k:{"name":"b"}`: m{}}, "f:z": m{}})}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(c.have)
			require.NoError(t, err)
			got, changed := inherited(m{"metadata": m{"managedFields": c.have}}, former)
			assert.Equal(t, c.want, l(got))
			assert.Equal(t, c.changed, changed)
			after, err := json.Marshal(c.have)
			require.NoError(t, err)
			assert.JSONEq(t, string(text), string(after), "the object stays as it is")
		})
	}
	_, changed := inherited(m{"metadata": m{"managedFields": l{before, other}}}, former)
	assert.False(t, changed)
}
