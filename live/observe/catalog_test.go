// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/korender/korender/render/manifest"
)

// mapper is one that fails as told, and counts.
type mapper struct {
	meta.RESTMapper
	err   error
	asked int
}

func (m *mapper) RESTMapping(gk schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	m.asked++
	if m.err != nil {
		return nil, m.err
	}
	return m.RESTMapper.RESTMapping(gk, versions...)
}

// resettable finds what it shall only after Reset.
type resettable struct {
	mapper
	resets int
}

func (m *resettable) Reset() { m.resets, m.err = m.resets+1, nil }

func testMapper() *meta.DefaultRESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	for _, version := range []string{"v2", "v1"} {
		m.Add(schema.GroupVersionKind{Group: "example.com", Version: version, Kind: "Widget"}, meta.RESTScopeNamespace)
	}
	m.Add(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, meta.RESTScopeNamespace)
	m.Add(schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, meta.RESTScopeNamespace)
	m.Add(schema.GroupVersionKind{Version: "v1", Kind: "Node"}, meta.RESTScopeRoot)
	return m
}

func TestFind(t *testing.T) {
	t.Parallel()
	widget := schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}
	node := schema.GroupVersionKind{Version: "v1", Kind: "Node"}
	discovery := apiutil.ErrResourceDiscoveryFailed{widget.GroupVersion(): &meta.NoResourceMatchError{}}
	for name, test := range map[string]struct {
		kind schema.GroupVersionKind
		err  error
		want resource
		no   *problem
	}{
		"namespaced": {kind: widget, want: resource{widget, widget.GroupVersion().WithResource("widgets"), true}},
		"in exactly the version that is asked for": {
			kind: schema.GroupVersionKind{Group: "example.com", Version: "v2", Kind: "Widget"},
			want: resource{
				schema.GroupVersionKind{Group: "example.com", Version: "v2", Kind: "Widget"},
				schema.GroupVersionResource{Group: "example.com", Version: "v2", Resource: "widgets"}, true,
			},
		},
		"cluster-scoped": {kind: node, want: resource{node, node.GroupVersion().WithResource("nodes"), false}},
		"no such kind": {
			kind: schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Gadget"},
			no:   &problem{NotServed, "Gadget.example.com/v1 is not served by the cluster"},
		},
		"no such version": {
			kind: schema.GroupVersionKind{Group: "example.com", Version: "v3", Kind: "Widget"},
			no:   &problem{NotServed, "Widget.example.com/v3 is not served by the cluster"},
		},
		"discovery says there is none": {kind: widget, err: &discovery, no: &problem{NotServed, "Widget.example.com/v1 is not served by the cluster"}},
		"discovery fails":              {kind: widget, err: errors.New("boom"), no: &problem{Unavailable, "find Widget.example.com/v1: the server's answer could not be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, no := newCatalog(&mapper{RESTMapper: testMapper(), err: test.err}).find(test.kind)
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.no, no)
		})
	}
}

func TestMissingKindsAreLookedForAtABoundedRate(t *testing.T) {
	t.Parallel()
	gadget := schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Gadget"}
	now := noon
	m := &mapper{RESTMapper: testMapper()}
	c := newCatalog(m)
	c.now = func() time.Time { return now }
	for range 10 {
		_, no := c.find(gadget)
		assert.Equal(t, notServed(gadget), no)
	}
	assert.Equal(t, 1, m.asked)
	now = now.Add(missingTTL)
	m.RESTMapper.(*meta.DefaultRESTMapper).Add(gadget, meta.RESTScopeRoot) // somebody defines it
	got, no := c.find(gadget)
	assert.Nil(t, no)
	assert.Equal(t, resource{gadget, gadget.GroupVersion().WithResource("gadgets"), false}, got)
	assert.Equal(t, 2, m.asked)
}

func TestMappersAreResetAtABoundedRate(t *testing.T) {
	t.Parallel()
	node := schema.GroupVersionKind{Version: "v1", Kind: "Node"}
	stale := &meta.NoKindMatchError{GroupKind: node.GroupKind()}
	now := noon
	m := &resettable{mapper: mapper{RESTMapper: testMapper(), err: stale}}
	c := newCatalog(m)
	c.now = func() time.Time { return now }
	_, no := c.find(node)
	assert.Nil(t, no)
	assert.Equal(t, 1, m.resets)

	m.err = stale
	for now = now.Add(missingTTL); now.Sub(noon) < resetPause; now = now.Add(missingTTL) {
		_, no = c.find(node)
		assert.Equal(t, notServed(node), no)
	}
	assert.Equal(t, 1, m.resets)
	_, no = c.find(node)
	assert.Nil(t, no)
	assert.Equal(t, 2, m.resets)
}

func TestMisplaced(t *testing.T) {
	t.Parallel()
	node, secret := schema.GroupVersionKind{Version: "v1", Kind: "Node"}, schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
	for name, test := range map[string]struct {
		resource resource
		id       manifest.ID
		want     *problem
	}{
		"namespaced":              {resource{kind: secret, namespaced: true}, manifest.ID{Kind: "Secret", Namespace: "prod", Name: "a"}, nil},
		"cluster-scoped":          {resource{kind: node}, manifest.ID{Kind: "Node", Name: "a"}, nil},
		"without a namespace":     {resource{kind: secret, namespaced: true}, manifest.ID{Kind: "Secret", Name: "a"}, &problem{NotServed, "Secret/v1 is namespaced: Secret/a needs a namespace"}},
		"with one it cannot have": {resource{kind: node}, manifest.ID{Kind: "Node", Namespace: "prod", Name: "a"}, &problem{NotServed, "Node/v1 is cluster-scoped: Node/prod/a must have no namespace"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, test.resource.misplaced(test.id))
		})
	}
}
