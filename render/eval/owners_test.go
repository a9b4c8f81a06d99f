// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/manifest"
)

func TestOwners(t *testing.T) {
	t.Parallel()
	p := compile(t, ownersProgram)
	owner := &Owner{APIVersion: "example.com/v1", Kind: "App", Namespace: "prod", Name: "a", UID: "u-1"}
	ours := m{"apiVersion": "example.com/v1", "kind": "App", "name": "a", "uid": "u-1", "blockOwnerDeletion": true, "controller": false}
	other := m{"uid": "u-2"}
	const bare = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod}, spec: {v: 1}}"
	const full = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod, ownerReferences: [{uid: u-1}]}, spec: {v: 1}}"
	for _, tc := range []struct {
		name, function, observed string
		owner                    *Owner
		on                       bool
		others                   []any
		verb                     Verb
		due                      string
		references               any
	}{
		{"added at creation", "patched", "absent", owner, true, []any{}, CreateIt, "", []any{ours}},
		{"beside those of the target", "patched", "absent", owner, true, []any{other}, CreateIt, "", []any{other, ours}},
		{"once", "patched", "absent", owner, true, []any{ours}, CreateIt, "", []any{ours}},
		{"missing is a difference", "patched", bare, owner, true, []any{}, Patch, "ownerReferences", []any{ours}},
		{"missing does not recreate", "recreated", bare, owner, true, []any{}, Patch, "ownerReferences", []any{ours}},
		{"missing does not touch what is never updated", "never", bare, owner, true, []any{}, None, "", nil},
		{"there", "patched", full, owner, true, []any{}, None, "", []any{ours}},
		{"not asked for", "patched", bare, owner, false, []any{}, None, "", []any{}},
		{"not wanted", "unowned", bare, owner, true, []any{}, None, "", []any{}},
		{"in another namespace", "patched", bare, &Owner{Namespace: "other", UID: "u"}, true, []any{}, None, "", []any{}},
		{"of a trigger without a uid", "patched", bare, nil, true, []any{}, None, "", []any{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := Observed{Absent: []manifest.ID{wantedID}}
			if tc.observed != "absent" {
				o = observe(t, tc.observed)
			}
			call := Call{Inputs: m{"others": tc.others}, Owner: tc.owner}
			r := Function(t.Context(), p, function(t, p, tc.function), call, o, Options{Owners: tc.on})
			metadata, _ := r.Action.Target["metadata"].(m)
			assert.Equal(t, tc.verb, r.Action.Verb)
			assert.Equal(t, tc.due, r.Action.Due)
			assert.Equal(t, tc.references, metadata["ownerReferences"])
		})
	}
}

// TestOwnerInPlace gives objects another owner than the trigger, which may exist nowhere.
func TestOwnerInPlace(t *testing.T) {
	t.Parallel()
	p := compile(t, ownersProgram+`
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main}
spec:
  steps: [{label: thing, ref: {kind: ResourceFunction, name: patched}, inputs: {others: []}}]
`)
	const trigger = "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod}}"
	observed := observe(t, "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod, uid: u-1}}")
	observed.Absent = []manifest.ID{wantedID}
	for name, tc := range map[string]struct {
		owner *Owner
		want  m
	}{
		"the trigger": {nil, m{"apiVersion": "example.com/v1", "kind": "App", "name": "a", "uid": "u-1", "blockOwnerDeletion": true, "controller": false}},
		"another": {
			&Owner{APIVersion: "example.com/v2", Kind: "Instance", Namespace: "prod", Name: "i", UID: "u-1"},
			m{"apiVersion": "example.com/v2", "kind": "Instance", "name": "i", "uid": "u-1", "blockOwnerDeletion": true, "controller": false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := evaluate(t, p, trigger, observed, Options{Owners: true, Owner: tc.owner, Handed: &Handed{}})
			metadata, _ := plan.Actions[0].Target["metadata"].(m)
			assert.Equal(t, []any{tc.want}, metadata["ownerReferences"])
		})
	}
}

const ownersProgram = `
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: patched}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {metadata: {ownerReferences: =inputs.others}, spec: {v: 1}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: recreated}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {metadata: {ownerReferences: =inputs.others}, spec: {v: 1}}
  update: {recreate: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: never}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {metadata: {ownerReferences: =inputs.others}, spec: {v: 1}}
  update: {never: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: unowned}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod, owned: false}
  resource: {metadata: {ownerReferences: =inputs.others}, spec: {v: 1}}
`
