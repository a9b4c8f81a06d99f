// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

func TestBody(t *testing.T) {
	t.Parallel()
	target := m{
		"apiVersion": "v1", "kind": "ConfigMap", "n": uint64(3), "list": l{nil, m{"gone": nil, "x": int64(1)}}, "gone": nil,
		"metadata": m{
			"name": "cm", "namespace": "ns", "uid": "u", "resourceVersion": "4", "managedFields": l{}, "generation": int64(1),
			"creationTimestamp": "x", "labels": m{fluxName: "f", fluxNamespace: "f", argoLabel: "mine"},
			"annotations": m{render.RenderedHash: "h", argoTracking: "t", v1alpha1.InstanceAnnotation: "some/one"},
		},
	}
	body := bodyOf(oneID, target, self)
	assert.Equal(t, m{
		"apiVersion": "v1", "kind": "ConfigMap", "n": int64(3), "list": l{nil, m{"x": int64(1)}},
		"metadata": m{
			"name": "cm", "namespace": "ns", "labels": m{argoLabel: "mine"}, "annotations": m{v1alpha1.InstanceAnnotation: "ns/one"},
		},
	}, body)
	assert.Equal(t, m{"name": "cm", "namespace": "ns", "labels": m{argoLabel: "mine"}}, metadataOf(bodyOf(oneID, target, types.NamespacedName{})))
	assert.Equal(t, m{"apiVersion": "v1", "kind": "ConfigMap", "metadata": m{
		"name": "cm", "namespace": "ns", "annotations": m{v1alpha1.InstanceAnnotation: "ns/one"},
	}}, bodyOf(oneID, nil, self), "the mark alone")
	assert.Equal(t, "some/one", annotation(target, v1alpha1.InstanceAnnotation), "the target itself stays as it is")
}

func TestHashIgnoresWhatIsNotWanted(t *testing.T) {
	t.Parallel()
	plain := wanted("1")
	noted := wanted("1")
	metadataOf(noted)["annotations"] = m{lastApplied: "{}"}
	withNull := wanted("1")
	withNull["data"].(m)["b"] = nil
	assert.Equal(t, hashWanted(t, plain), hashWanted(t, noted))
	assert.Equal(t, hashWanted(t, plain), hashWanted(t, withNull))
	assert.NotEqual(t, hashWanted(t, plain), hashWanted(t, wanted("2")))
	assert.Equal(t, "{}", annotation(noted, lastApplied), "the target itself stays as it is")
	git, err := render.TargetHash(plain)
	require.NoError(t, err)
	assert.Equal(t, git, hashWanted(t, plain))
	assert.Empty(t, hashWanted(t, nil))
}

func TestGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ target, live, want m }{
		"nothing to remove": {m{"a": "1"}, m{"a": "1"}, nil},
		"not there":         {m{"a": nil}, m{"b": "1"}, nil},
		"null already":      {m{"a": nil}, m{"a": nil}, nil},
		"there":             {m{"a": nil, "b": "1"}, m{"a": "1"}, m{"a": nil}},
		"deeper":            {m{"a": m{"b": nil, "c": nil}}, m{"a": m{"b": m{}}}, m{"a": m{"b": nil}}},
		"in a list":         {m{"a": l{m{"b": nil}}}, m{"a": l{m{"b": "1"}}}, nil},
		"another shape":     {m{"a": m{"b": nil}}, m{"a": "1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, m(gone(c.target, c.live)))
		})
	}
}

func TestDisinherit(t *testing.T) {
	t.Parallel()
	instance := &v1alpha1.WorkflowInstance{}
	instance.UID = "instance"
	instance.Spec.Trigger.Object.Raw = []byte(`{"kind":"Site","metadata":{"name":"site"}}`)
	theirs := m{"kind": "ConfigMap", "name": "site", "uid": "theirs"}
	body := m{"metadata": m{"ownerReferences": l{
		m{"kind": "WorkflowInstance", "name": "one", "uid": "instance"}, theirs, m{"kind": "Site", "name": "site", "uid": "trigger"},
	}}}
	disinherit(body, instance)
	assert.Equal(t, m{"metadata": m{"ownerReferences": l{theirs}}}, body)
	body = m{"metadata": m{"ownerReferences": l{m{"kind": "Site", "name": "site", "uid": "trigger"}}}}
	disinherit(body, instance)
	assert.Equal(t, m{"metadata": m{}}, body)
}
