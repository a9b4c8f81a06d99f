// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/flux/toolkit"
)

// The kinds of Flux, and ours.
const (
	sourceVersion    = "source.toolkit.fluxcd.io/v1"
	kustomizeVersion = "kustomize.toolkit.fluxcd.io/v1"
	ownVersion       = "korender.dev/v1alpha1"
)

// app is one application in a namespace of its own: its repository, that of the platform, and what Flux has of them.
type app struct {
	t         *testing.T
	namespace string
	apps      *toolkit.Repository
	platform  *toolkit.Repository
}

// objects are what an application is for Flux. Intervals are long: nothing is found by waiting.
const objects = `
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: apps, namespace: NAMESPACE}
spec: {url: APPS, interval: 1h, ref: {branch: main}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: platform, namespace: NAMESPACE}
spec: {url: PLATFORM, interval: 1h, ref: {branch: main}}
---
apiVersion: korender.dev/v1alpha1
kind: RenderedArtifact
metadata: {name: site, namespace: NAMESPACE}
spec:
  interval: 1h
  sourceRef: {kind: GitRepository, name: apps}
  path: ./site
  libraries:
    - sourceRef: {kind: GitRepository, name: platform}
      path: lib
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: site, namespace: NAMESPACE}
spec:
  interval: 1h
  retryInterval: 2s
  timeout: 30s
  prune: true
  wait: true
  sourceRef: {kind: ExternalArtifact, name: site}
`

// newApp makes the repositories with these files, and applies the objects.
func newApp(t *testing.T, apps, platform map[string]string) *app {
	t.Helper()
	a := &app{t: t, namespace: server.Tenant(t)}
	var err error
	a.apps, err = flux.Git.Repository(a.namespace + "-apps")
	require.NoError(t, err)
	a.platform, err = flux.Git.Repository(a.namespace + "-platform")
	require.NoError(t, err)
	a.push(a.platform, platform)
	a.push(a.apps, apps)
	a.install(objects)
	return a
}

// install applies objects, with the names of this application in them.
func (a *app) install(text string) {
	a.t.Helper()
	require.NoError(a.t, flux.Install(a.t.Context(), []byte(a.filled(text))))
}

func (a *app) filled(text string) string {
	return strings.NewReplacer("NAMESPACE", a.namespace, "APPS", a.apps.URL, "PLATFORM", a.platform.URL).Replace(text)
}

// push commits files, with the namespace of this application in them.
func (a *app) push(r *toolkit.Repository, files map[string]string) string {
	a.t.Helper()
	filled := map[string]string{}
	for name, text := range files {
		filled[name] = strings.ReplaceAll(text, "NAMESPACE", a.namespace)
	}
	commit, err := r.Push(filled)
	require.NoError(a.t, err)
	return commit
}

// pull asks for a look at a repository, as `flux reconcile source git` does.
func (a *app) pull(name string) { a.request(sourceVersion, "GitRepository", name) }

func (a *app) request(version, kind, name string) {
	a.t.Helper()
	a.patch(version, kind, name, map[string]any{"metadata": map[string]any{
		"annotations": map[string]any{"reconcile.fluxcd.io/requestedAt": time.Now().Format(time.RFC3339Nano)},
	}})
}

func (a *app) patch(version, kind, name string, patch map[string]any) {
	a.t.Helper()
	text, err := json.Marshal(patch)
	require.NoError(a.t, err)
	require.NoError(a.t, flux.Client.Patch(a.t.Context(), a.object(version, kind, name), client.RawPatch(types.MergePatchType, text)))
}

func (a *app) object(version, kind, name string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(version)
	o.SetKind(kind)
	o.SetNamespace(a.namespace)
	o.SetName(name)
	return o
}

// get reads an object; nil when it is not there.
func (a *app) get(version, kind, name string) *unstructured.Unstructured {
	a.t.Helper()
	o := a.object(version, kind, name)
	err := flux.Client.Get(context.WithoutCancel(a.t.Context()), client.ObjectKeyFromObject(o), o)
	require.NoError(a.t, client.IgnoreNotFound(err))
	if err != nil {
		return nil
	}
	return o
}

// waiting is how long anything may take.
const waiting = 60 * time.Second

// until waits until something is so. What it was last is told otherwise.
func (a *app) until(what string, is func() bool, last func() any) {
	a.t.Helper()
	for end := time.Now().Add(waiting); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	require.Fail(a.t, "waited in vain for "+what, "last: %v", last())
}

// condition is a condition of an object; empty when it has none.
func condition(o *unstructured.Unstructured, kind string) (status, reason, message string) {
	if o == nil {
		return "", "", ""
	}
	list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, item := range list {
		c, _ := item.(map[string]any)
		if c["type"] == kind {
			status, _ = c["status"].(string)
			reason, _ = c["reason"].(string)
			message, _ = c["message"].(string)
		}
	}
	return status, reason, message
}

// rendered waits until our object is as it should be about its present spec, and returns it. Flux's own library writes
// conditions first, and the rest of the status right after them.
func (a *app) rendered(name, status, reason string) *unstructured.Unstructured {
	a.t.Helper()
	o := a.ready(ownVersion, "RenderedArtifact", name, status, reason)
	if status == "True" {
		a.until("the artifact that "+name+" is Ready about", func() bool {
			o = a.get(ownVersion, "RenderedArtifact", name)
			revision, _, _ := artifact(o)
			_, _, message := condition(o, "Ready")
			return revision != "" && strings.HasSuffix(message, revision)
		}, func() any { return objectOf(o)["status"] })
	}
	return o
}

func (a *app) ready(version, kind, name, status, reason string) *unstructured.Unstructured {
	a.t.Helper()
	var o *unstructured.Unstructured
	a.until(kind+" "+name+" "+status+" "+reason, func() bool {
		o = a.get(version, kind, name)
		is, why, _ := condition(o, "Ready")
		observed, _, _ := unstructured.NestedInt64(objectOf(o), "status", "observedGeneration")
		return is == status && (reason == "" || why == reason) && observed == o.GetGeneration()
	}, func() any { return objectOf(o)["status"] })
	return o
}

func objectOf(o *unstructured.Unstructured) map[string]any {
	if o == nil {
		return nil
	}
	return o.Object
}

// data waits until a ConfigMap has this data; nil waits until it is gone.
func (a *app) data(name string, want map[string]string) {
	a.t.Helper()
	var got map[string]string
	a.until("ConfigMap "+name, func() bool {
		o := a.get("v1", "ConfigMap", name)
		if o == nil {
			got = nil
			return want == nil
		}
		got, _, _ = unstructured.NestedStringMap(o.Object, "data")
		return want != nil && equal(got, want)
	}, func() any { return got })
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		if other, found := b[key]; !found || other != value {
			return false
		}
	}
	return true
}

// artifact is what an object publishes.
func artifact(o *unstructured.Unstructured) (revision, digest, url string) {
	found, _, _ := unstructured.NestedMap(objectOf(o), "status", "artifact")
	revision, _ = found["revision"].(string)
	digest, _ = found["digest"].(string)
	url, _ = found["url"].(string)
	return revision, digest, url
}

// fetched asks for an artifact.
func fetched(t *testing.T, url string) error {
	t.Helper()
	return toolkit.Get(t.Context(), url)
}
