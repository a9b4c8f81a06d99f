// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"testing"

	"github.com/fluxcd/pkg/apis/meta"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
)

func TestObjectsAreFoundByTheirSources(t *testing.T) {
	t.Parallel()
	o := &v1alpha1.RenderedArtifact{
		ObjectMeta: metav1.ObjectMeta{Namespace: "web", Name: "site"},
		Spec: v1alpha1.RenderedArtifactSpec{
			SourceRef: v1alpha1.SourceReference{Kind: "GitRepository", Name: "apps"},
			Libraries: []v1alpha1.Library{
				{SourceRef: v1alpha1.SourceReference{Kind: "OCIRepository", Name: "apps"}},
				{SourceRef: v1alpha1.SourceReference{Kind: "GitRepository", Name: "platform", Namespace: "flux-system"}},
				{SourceRef: v1alpha1.SourceReference{Kind: "GitRepository", Name: "apps", Namespace: "web"}, Path: "lib"},
			},
		},
	}
	assert.Equal(t, []string{"GitRepository/web/apps", "OCIRepository/web/apps", "GitRepository/flux-system/platform"}, bySource(o))
	assert.Nil(t, bySource(&sourcev1.GitRepository{}))
}

func repository(revision string) *sourcev1.GitRepository {
	o := &sourcev1.GitRepository{}
	if revision != "" {
		o.Status.Artifact = &meta.Artifact{Revision: revision}
	}
	return o
}

func TestOnlyNewRevisionsCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after string
		passes        bool
	}{
		"the same": {"a", "a", false}, "another": {"a", "b", true}, "the first": {"", "a", true}, "none": {"", "", false}, "lost": {"a", "", false},
	} {
		got := newRevision{}.Update(event.UpdateEvent{ObjectOld: repository(c.before), ObjectNew: repository(c.after)})
		assert.Equal(t, c.passes, got, name)
	}
	assert.True(t, newRevision{}.Create(event.CreateEvent{Object: repository("a")}))
	assert.False(t, newRevision{}.Create(event.CreateEvent{Object: repository("")}))
}

func TestDamageIsSeen(t *testing.T) {
	t.Parallel()
	external := func(generation int64, url string) *sourcev1.ExternalArtifact {
		return &sourcev1.ExternalArtifact{
			ObjectMeta: metav1.ObjectMeta{Generation: generation},
			Status:     sourcev1.ExternalArtifactStatus{Artifact: &meta.Artifact{URL: url}},
		}
	}
	update := func(before, after *sourcev1.ExternalArtifact) bool {
		return damaged{}.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after})
	}
	assert.False(t, update(external(1, "a"), external(1, "a")))
	assert.True(t, update(external(1, "a"), external(2, "a")), "its spec was changed")
	assert.True(t, update(external(1, "a"), external(1, "b")), "its artifact was changed")
	assert.True(t, damaged{}.Delete(event.DeleteEvent{Object: external(1, "a")}))
	assert.False(t, damaged{}.Create(event.CreateEvent{Object: external(1, "a")}))
}
