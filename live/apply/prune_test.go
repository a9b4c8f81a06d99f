// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// step is a step of a plan; name is that of its object, "" for none that is known.
func step(path string, outcome render.OutcomeType, name string) render.Step {
	s := render.Step{Path: path, Logic: "ResourceFunction/f", Outcome: render.Outcome{Type: outcome}}
	if name != "" {
		s.Object = &manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "ns", Name: name}
	}
	return s
}

// value is a step that runs a ValueFunction.
func value(path string, outcome render.OutcomeType) render.Step {
	s := step(path, outcome, "")
	s.Logic = "ValueFunction/v"
	return s
}

type steps = []render.Step

func TestPrunes(t *testing.T) {
	t.Parallel()
	const (
		skip, depSkip, ok, deferred = render.Skip, render.DepSkip, render.Ok, render.Deferred
		retry, permFail             = render.Retry, render.PermFail
	)
	for name, c := range map[string]struct {
		path           string // of the entry, whose object is cm
		plan, git      steps
		want, explicit bool // explicit: what `delete: {destroy: {}}` comes to
	}{
		"built":                         {"a", steps{step("a", ok, "cm")}, steps{step("a", deferred, "")}, false, false},
		"built by another step":         {"a", steps{step("b", ok, "cm")}, steps{step("b", ok, "cm")}, false, false},
		"built by one that is deferred": {"a", steps{step("b", deferred, "cm")}, steps{}, false, false},
		"built by one that fails":       {"a", steps{step("a", permFail, "cm")}, steps{step("a", ok, "cm")}, false, false},

		"git skips it":                                              {"a", steps{step("a", skip, "")}, steps{step("a", skip, "")}, true, true},
		"git skips it, its name is known":                           {"a", steps{step("a", skip, "")}, steps{step("a", skip, "else")}, true, true},
		"git skips what it depends on":                              {"b", steps{step("a", skip, ""), step("b", depSkip, "")}, steps{step("a", skip, ""), step("b", depSkip, "")}, true, true},
		"the step is gone":                                          {"a", steps{step("b", ok, "x")}, steps{step("b", ok, "x")}, true, true},
		"all steps are gone":                                        {"a", steps{}, steps{}, true, true},
		"git has another name":                                      {"a", steps{step("a", ok, "new")}, steps{step("a", ok, "new")}, true, true},
		"git has another name, deferred":                            {"a", steps{step("a", ok, "new")}, steps{step("a", deferred, "new")}, true, true},
		"the new one is not ready":                                  {"a", steps{step("a", retry, "new")}, steps{step("a", deferred, "new")}, false, false},
		"it runs a ValueFunction now":                               {"a", steps{value("a", ok)}, steps{value("a", ok)}, true, true},
		"the list is shorter":                                       {"a[1]", steps{step("a", ok, ""), step("a[0]", ok, "x")}, steps{step("a", ok, ""), step("a[0]", ok, "x")}, true, true},
		"the list is empty":                                         {"a[1]", steps{step("a", ok, "")}, steps{step("a", ok, "")}, true, true},
		"the sub-workflow lost it":                                  {"a.x", steps{step("a", ok, ""), step("a.y", ok, "y")}, steps{step("a", ok, ""), step("a.y", ok, "y")}, true, true},
		"the sub-workflow is skipped":                               {"a.x", steps{step("a", skip, "")}, steps{step("a", skip, "")}, true, true},
		"observed values skip it":                                   {"a", steps{step("a", skip, "")}, steps{step("a", deferred, "")}, false, true},
		"observed values skip it, named":                            {"a", steps{step("a", skip, "")}, steps{step("a", deferred, "cm")}, false, true},
		"observed values name it":                                   {"a", steps{step("a", ok, "new")}, steps{step("a", deferred, "")}, false, true},
		"observed values shorten the list":                          {"a[1]", steps{step("a", ok, ""), step("a[0]", ok, "x")}, steps{step("a", deferred, "")}, false, true},
		"observed values choose the workflow":                       {"a.x", steps{step("a", ok, ""), step("a.y", ok, "y")}, steps{step("a", deferred, "")}, false, true},
		"observed values skip a new step that git thinks builds it": {"old", steps{step("new", skip, "")}, steps{step("new", deferred, "cm")}, false, true},
		"observed values skip a new step that may build it":         {"old", steps{step("new", skip, "")}, steps{step("new", deferred, "")}, false, true},
		"observed values name a new step's object":                  {"old", steps{step("new", ok, "x")}, steps{step("new", deferred, "")}, true, true},

		"its step is deferred":       {"a", steps{step("a", deferred, "")}, steps{step("a", skip, "")}, false, false},
		"its step waits":             {"a", steps{step("a", retry, "")}, steps{step("a", skip, "")}, false, false},
		"its step fails":             {"a", steps{step("a", permFail, "")}, steps{step("a", skip, "")}, false, false},
		"its step waits for another": {"a", steps{step("a", depSkip, "")}, steps{step("a", deferred, "")}, false, false},
		"its step is skipped with another by observed values": {"a", steps{step("b", skip, ""), step("a", depSkip, "")}, steps{step("b", deferred, ""), step("a", deferred, "")}, false, false},
		"another step may build it":                           {"a", steps{step("b", retry, "")}, steps{step("b", deferred, "")}, false, false},
		"another step fails":                                  {"a", steps{step("b", permFail, "")}, steps{}, false, false},
		"another step waits for another":                      {"a", steps{step("b", depSkip, "")}, steps{step("b", deferred, "")}, false, false},
		"another list is not known":                           {"a", steps{step("b", deferred, "")}, steps{step("b", deferred, "")}, false, false},
		"another step waits, and is named":                    {"a", steps{step("b", retry, "x")}, steps{step("b", deferred, "x")}, true, true},
		"a value is waited for":                               {"a", steps{value("b", retry)}, steps{value("b", deferred)}, true, true},
		"a list waits for one of its items, named":            {"a", steps{step("b", retry, ""), step("b[0]", retry, "x")}, steps{step("b", deferred, ""), step("b[0]", deferred, "x")}, true, true},
		"a list waits for one of its items, unsure":           {"a", steps{step("b", retry, ""), step("b[0]", retry, "")}, steps{step("b", deferred, ""), step("b[0]", deferred, "x")}, false, false},

		"git alone would fail":  {"a", steps{step("a", skip, "")}, steps{step("a", skip, ""), step("b", permFail, "x")}, false, true},
		"git alone would retry": {"a", steps{step("a", skip, "")}, steps{step("a", skip, ""), value("b", retry)}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outlookOn(&render.Plan{Steps: c.plan}, &render.Plan{Steps: c.git})
			e := entryOf(&render.Action{ID: oneID, Step: c.path}, "u", true, "")
			assert.Equal(t, c.want, o.prunes(&e))
			e.Explicit = true
			assert.Equal(t, c.explicit, o.prunes(&e), "when the function says destroy")
		})
	}
}

func TestEndOf(t *testing.T) {
	t.Parallel()
	change := func(change func(metadata, annotations m)) m {
		return there(func(metadata, annotations m) {
			marked(self)(metadata, annotations)
			change(metadata, annotations)
		})
	}
	plainly := change(func(m, m) {})
	gits := there(func(_, annotations m) { annotations[render.RenderedHash], annotations[argoTracking] = "x", "x" })
	gitsToo := there(func(_, annotations m) { annotations[render.RenderedHash] = "y,x" })
	for name, c := range map[string]struct {
		live             m
		policy, hash     string
		applied, claimed bool
		want             ending
	}{
		"ours":                         {live: plainly, want: destroy},
		"ours, to be kept":             {live: plainly, policy: v1alpha1.PolicyAbandon, want: abandon},
		"not there":                    {want: vanished},
		"another uid":                  {live: change(func(metadata, _ m) { metadata["uid"] = "new" }), want: vanished},
		"another's":                    {live: there(marked(other)), want: forget},
		"another's, to be kept":        {live: there(marked(other)), policy: v1alpha1.PolicyAbandon, want: forget},
		"without a mark":               {live: there(func(m, m) {}), want: abandon},
		"with an unreadable mark":      {live: there(func(_, annotations m) { annotations[v1alpha1.InstanceAnnotation] = "x" }), want: abandon},
		"on its way out":               {live: change(func(metadata, _ m) { metadata["deletionTimestamp"] = "now" }), want: pending},
		"applied":                      {live: plainly, applied: true, want: handBack},
		"claimed":                      {live: plainly, claimed: true, want: handBack},
		"claimed, to be kept":          {live: plainly, claimed: true, policy: v1alpha1.PolicyAbandon, want: handBack},
		"rendered":                     {live: change(func(_, annotations m) { annotations[render.RenderedHash] = "x" }), want: handBack},
		"tracked by Argo CD":           {live: change(func(_, annotations m) { annotations[argoTracking] = "x" }), want: handBack},
		"tracked by label":             {live: change(func(metadata, _ m) { metadata["labels"] = m{argoLabel: "x"} }), want: handBack},
		"tracked by Flux":              {live: change(func(metadata, _ m) { metadata["labels"] = m{fluxName: "x"} }), want: handBack},
		"tracked by Flux elsewhere":    {live: change(func(metadata, _ m) { metadata["labels"] = m{fluxNamespace: "x"} }), want: handBack},
		"git's":                        {live: gits, hash: "git:x", want: destroy},
		"git's, among others' hashes":  {live: gitsToo, hash: "git:x", want: destroy},
		"git's, to be kept":            {live: gits, hash: "git:x", policy: v1alpha1.PolicyAbandon, want: abandon},
		"git's, applied":               {live: gits, hash: "git:x", applied: true, want: handBack},
		"git's, claimed":               {live: gits, hash: "git:x", claimed: true, want: handBack},
		"git's, rendered anew":         {live: gits, hash: "git:y", want: handBack},
		"git's, rendered without hash": {live: there(func(_, annotations m) { annotations[argoTracking] = "x" }), hash: "git:x", want: handBack},
		"git's, of no hash":            {live: gits, hash: "git:", want: handBack},
		"git's, taken over by another": {live: there(marked(other)), hash: "git:x", want: forget},
		"git's, another uid":           {live: there(func(metadata, annotations m) { annotations[render.RenderedHash], metadata["uid"] = "x", "new" }), hash: "git:x", want: vanished},
		"git's, on its way out": {live: there(func(metadata, annotations m) {
			annotations[render.RenderedHash], metadata["deletionTimestamp"] = "x", "now"
		}), hash: "git:x", want: pending},
		"with a label of our own": {live: change(func(metadata, _ m) {
			metadata["labels"] = m{argoLabel: "x"}
			metadata["managedFields"] = l{m{"manager": Manager, "fieldsV1": m{"f:metadata": m{"f:labels": m{"f:" + argoLabel: m{}}}}}}
		}), want: destroy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := v1alpha1.InventoryEntry{UID: "u", Policy: v1alpha1.PolicyDestroy, Hash: c.hash}
			if c.policy != "" {
				e.Policy = c.policy
			}
			assert.Equal(t, c.want, endOf(&e, c.live, self, c.applied, c.claimed))
		})
	}
}

func TestMarkOf(t *testing.T) {
	t.Parallel()
	assert.Equal(t, self, markOf(there(marked(self))))
	assert.Equal(t, types.NamespacedName{}, markOf(there(func(m, m) {})))
	assert.Equal(t, types.NamespacedName{}, markOf(nil))
}

func TestRenderedAs(t *testing.T) {
	t.Parallel()
	o := there(func(_, annotations m) { annotations[render.RenderedHash] = "sha256:a,sha256:b" })
	assert.True(t, renderedAs(o, "sha256:b"))
	assert.False(t, renderedAs(o, "sha256:"))
	assert.False(t, renderedAs(o, ""))
	assert.False(t, renderedAs(there(func(m, m) {}), ""))
}

func TestStageOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"a": "a", "a[10]": "a", "a[1].b[2].c": "a.b.c", "": ""} {
		assert.Equal(t, want, stageOf(path), path)
	}
}
