// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// checkObserved renders a folder once more with what the server stored: what was known and rendered without it must
// still be so.
func checkObserved(t *testing.T, path string, before rendered, observed string) {
	t.Helper()
	after := render(t, path, "--observed", observed)
	for _, object := range before.objects {
		if object["kind"] == "WorkflowInstance" {
			continue // it says what is deferred, which observation changes
		}
		again, found := after.object(object)
		if assert.True(t, found, "%s is not rendered any more when what the server stored is observed", nameIn(object)) {
			assert.True(t, same(unmarked(object), unmarked(again)), "%s is another one when what the server stored is observed:\n%s\nwas\n%s",
				nameIn(object), text(again), text(object))
		}
	}
	for _, was := range before.report.Instances {
		is := after.state(was.Workflow, was.Trigger)
		for key, value := range was.State {
			assert.True(t, fits(value, is[key]), "%s, %s: git says that its state %s is %s, with the server's objects it is %s",
				was.Workflow, text(was.Trigger), key, text(value), text(is[key]))
		}
	}
}

// object finds an object of the same identity.
func (r *rendered) object(like map[string]any) (map[string]any, bool) {
	for _, o := range r.objects {
		if o["apiVersion"] == like["apiVersion"] && nameIn(o) == nameIn(like) {
			return o, true
		}
	}
	return nil, false
}

// state finds the state of an instance; nil when there is no such instance.
func (r *rendered) state(workflow string, trigger map[string]any) map[string]any {
	for _, instance := range r.report.Instances {
		if instance.Workflow == workflow && same(instance.Trigger, trigger) {
			return instance.State
		}
	}
	return nil
}

// unmarked is an object without what says who applies it, which observation may change.
func unmarked(object map[string]any) map[string]any {
	annotations, _ := metadata(object)["annotations"].(map[string]any)
	kept := map[string]any{}
	for key, value := range annotations {
		domain, _, _ := strings.Cut(key, "/")
		if domain != "korender.dev" && domain != "argocd.argoproj.io" && domain != "kustomize.toolkit.fluxcd.io" {
			kept[key] = value
		}
	}
	out := maps.Clone(object)
	changed := maps.Clone(metadata(object))
	delete(changed, "annotations")
	if len(kept) > 0 {
		changed["annotations"] = kept
	}
	out["metadata"] = changed
	return out
}
