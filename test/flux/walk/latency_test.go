// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestLatency measures how long a commit takes to become an object, with a request to look at the repository.
func TestLatency(t *testing.T) {
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "h0")}, map[string]string{"lib/site.k.yaml": library})
	a.data("blog-config", hosts("h0.example.com"))
	var all []time.Duration
	for i := range 10 {
		name := fmt.Sprintf("h%d", i+1)
		start := time.Now()
		a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", name)})
		a.pull("apps")
		a.data("blog-config", hosts(name+".example.com"))
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	t.Logf("from git push (and a request) to applied, of %d: median %v, slowest %v",
		len(all), all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
}

// dependents is how many objects use one library.
const dependents = 50

// TestLibrary measures how long a library takes to be in everything that uses it.
func TestLibrary(t *testing.T) {
	files := map[string]string{}
	for i := range dependents {
		files[fmt.Sprintf("site%d/s.yaml", i)] = site(fmt.Sprintf("s%d", i), "www")
	}
	files["site/blog.yaml"] = site("blog", "www")
	a := newApp(t, files, map[string]string{"lib/site.k.yaml": library})
	one := strings.Split(objects, "---\n")[2]
	for i := range dependents {
		a.install(strings.NewReplacer("name: site,", fmt.Sprintf("name: site%d,", i), "./site", fmt.Sprintf("./site%d", i)).Replace(one))
	}
	a.all(dependents, "")
	for round := range 3 {
		changed := strings.ReplaceAll(library, ".example.com", fmt.Sprintf(".example%d.com", round))
		commit := a.push(a.platform, map[string]string{"lib/site.k.yaml": changed})
		start := time.Now()
		a.pull("platform")
		a.until("the library's source", func() bool {
			revision, _, _ := artifact(a.get(sourceVersion, "GitRepository", "platform"))
			return strings.HasSuffix(revision, commit)
		}, func() any { return commit })
		fetchedAfter := time.Since(start)
		a.all(dependents, commit)
		t.Logf("a library's new revision was in its source after %v, and %d RenderedArtifacts had rendered it %v later",
			fetchedAfter.Round(time.Millisecond), dependents, (time.Since(start) - fetchedAfter).Round(time.Millisecond))
	}
}

// all waits until so many objects besides the first are ready, with a commit among their sources.
func (a *app) all(n int, commit string) {
	a.t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(ownVersion)
	list.SetKind("RenderedArtifactList")
	done := 0
	a.until(fmt.Sprintf("%d objects with %s", n, commit), func() bool {
		require.NoError(a.t, flux.Client.List(a.t.Context(), list, client.InNamespace(a.namespace)))
		done = 0
		for i := range list.Items {
			o := &list.Items[i]
			status, _, _ := condition(o, "Ready")
			sources, _, _ := unstructured.NestedSlice(o.Object, "status", "sources")
			if o.GetName() != "site" && status == "True" && strings.Contains(fmt.Sprint(sources), commit) {
				done++
			}
		}
		return done == n
	}, func() any { return done })
}
