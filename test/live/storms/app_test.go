// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// rest is how long there must be no write for a storm to be over. All delays of the programs here are one second.
const rest = 8 * time.Second

const settings = `
apiVersion: korender.dev/v1alpha1
kind: Render
triggers: consume
onDeferred: instance
`

// workflow runs the function made, which live applies.
const workflow = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: storm}
spec:
  crdRef: {apiGroup: storms.example.com, version: v1, kind: Storm}
  steps:
    - label: made
      ref: {kind: ResourceFunction, name: made}
      inputs: {namespace: =parent.metadata.namespace, spec: =parent.spec}
      condition: {type: Made, name: Made}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: made, annotations: {korender.dev/apply: live}}
spec:
`

// app is one object that live answers for, in a namespace of its own.
type app struct {
	*testing.T
	namespace, function string
	kind                [2]string // apiVersion and kind of the object, whose name is made
	instance            string
}

// deploy has live make the object of a function for a trigger with this spec.
func deploy(t *testing.T, apiVersion, kind, function, spec string) *app {
	t.Helper()
	a := &app{T: t, namespace: server.Tenant(t), function: function, kind: [2]string{apiVersion, kind}}
	a.change(spec)
	return a
}

// change renders the program for another spec of the trigger, and applies what comes out.
func (a *app) change(spec string) {
	a.Helper()
	api := "  apiConfig: {apiVersion: " + a.kind[0] + ", kind: " + a.kind[1] + ", name: made, namespace: =inputs.namespace}\n"
	dir := product.Folder(a.T, a.namespace, map[string]string{
		"korender.yaml":  settings,
		"program.k.yaml": workflow + api + a.function,
		"trigger.yaml": "apiVersion: storms.example.com/v1\nkind: Storm\nmetadata: {name: one, namespace: NAMESPACE}\n" +
			"spec: " + spec + "\n",
	})
	manifests := server.Render(a.T, dir)
	require.Len(a, manifests, 1)
	a.instance = manifests[0].GetName()
	require.NoError(a, server.Apply(a.Context(), manifests[0]))
}

// ready waits until the instance is, and returns the object.
func (a *app) ready() *unstructured.Unstructured {
	a.Helper()
	server.Await(a.T, a.namespace, a.instance, "Ready", "True", "Ready")
	return a.object()
}

// notConverging waits until the instance says that it is not, over this field.
func (a *app) notConverging(message string) {
	a.Helper()
	w := server.Await(a.T, a.namespace, a.instance, "Ready", "False", "NotConverging")
	assert.Equal(a, []string{"Made=Unknown Wait", "Ready=False NotConverging", "Stalled=True NotConverging"}, product.Conditions(w))
	for _, c := range w.Status.Conditions {
		if c.Type != "Made" {
			assert.Equal(a, a.kind[1]+"/"+a.namespace+"/made: "+message, c.Message)
		}
	}
}

// object is the object as it is now.
func (a *app) object() *unstructured.Unstructured {
	a.Helper()
	return server.Get(a.T, a.kind[0], a.kind[1], a.namespace, "made")
}

// field is the text of a field of the object as JSON; "null" when it is not there.
func (a *app) field(path ...string) string {
	a.Helper()
	value, _, err := unstructured.NestedFieldNoCopy(a.object().Object, path...)
	require.NoError(a, err)
	text, err := json.Marshal(value)
	require.NoError(a, err)
	return string(text)
}

// foreign applies fields of the object as somebody else, by force.
func (a *app) foreign(manager, text string) {
	a.Helper()
	o := &unstructured.Unstructured{}
	require.NoError(a, yaml.Unmarshal([]byte(text), &o.Object))
	o.SetAPIVersion(a.kind[0])
	o.SetKind(a.kind[1])
	o.SetNamespace(a.namespace)
	o.SetName("made")
	err := server.Client.Apply(a.Context(), client.ApplyConfigurationFromUnstructured(o), client.FieldOwner(manager), client.ForceOwnership)
	require.NoError(a, err)
}

// merge changes fields of the object as somebody else.
func (a *app) merge(patch string) error {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(a.kind[0])
	o.SetKind(a.kind[1])
	o.SetNamespace(a.namespace)
	o.SetName("made")
	return server.Client.Patch(a.Context(), o, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("somebody"))
}

// mark is the place in the audit log from which on writes are counted.
func (a *app) mark() plane.Mark {
	a.Helper()
	m, err := server.Audit.Now(a.Context())
	require.NoError(a, err)
	return m
}

// requests lists what live wrote in the namespace since a mark, Events too.
func (a *app) requests(from plane.Mark) []plane.Request {
	a.Helper()
	found, err := server.Audit.Since(a.Context(), from, func(r plane.Request) bool {
		return r.UserAgent == "korender-live" && r.Writes() && r.Object.Namespace == a.namespace
	})
	require.NoError(a, err)
	return found
}

// writes lists what live did to the object since a mark, as the verbs of its requests.
func (a *app) writes(from plane.Mark) []string {
	a.Helper()
	var out []string
	for _, r := range a.requests(from) {
		if r.Object.Resource != "workflowinstances" && r.Object.Resource != "events" {
			assert.Equal(a, "made", r.Object.Name)
			out = append(out, r.Verb)
		}
	}
	return out
}

// calm waits until live writes nothing, be it to the object, to the status of the instance, or Events.
func (a *app) calm() {
	a.Helper()
	count, since := -1, time.Now()
	quiet := product.Eventually(a.T, func() bool {
		if n := len(a.requests(0)); n != count {
			count, since = n, time.Now()
		}
		return time.Since(since) >= rest
	})
	assert.True(a, quiet, "live never comes to rest: %v", a.texts(0))
}

// texts is requests for messages.
func (a *app) texts(from plane.Mark) []string {
	a.Helper()
	var out []string
	for _, r := range a.requests(from) {
		out = append(out, r.Verb+" "+r.Object.String()+" "+string(r.Body))
	}
	return out
}

// stays holds the controller to writing nothing at all to a namespace for a while.
func (a *app) stays(while time.Duration) {
	a.Helper()
	from := a.mark()
	select {
	case <-a.Context().Done():
	case <-time.After(while):
	}
	assert.Empty(a, a.texts(from))
}

// until asks until it is so.
func (a *app) until(so func() bool, what string) {
	a.Helper()
	require.True(a, product.Eventually(a.T, so), "%s: %s", what, product.Describe(server.Instance(a.T, a.namespace, a.instance)))
}

// mine tells whether the object carries the instance's mark.
func (a *app) mine() bool {
	return a.object().GetAnnotations()[v1alpha1.InstanceAnnotation] == a.namespace+"/"+a.instance
}

// items are a list of maps in the pod template of the object.
func items(a *app, list string) []map[string]any {
	a.Helper()
	all, _, err := unstructured.NestedSlice(a.object().Object, "spec", "template", "spec", list)
	require.NoError(a, err)
	var out []map[string]any
	for _, item := range all {
		m, _ := item.(map[string]any)
		out = append(out, m)
	}
	return out
}

// names are those of the items, sorted.
func names(a *app, list string) string {
	a.Helper()
	var out []string
	for _, item := range items(a, list) {
		name, _ := item["name"].(string)
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// variables are those of a container, sorted.
func variables(a *app, container string) string {
	a.Helper()
	var out []string
	for _, item := range items(a, "containers") {
		if item["name"] != container {
			continue
		}
		env, _ := item["env"].([]any)
		for _, e := range env {
			m, _ := e.(map[string]any)
			out = append(out, fmt.Sprintf("%v=%v", m["name"], m["value"]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
