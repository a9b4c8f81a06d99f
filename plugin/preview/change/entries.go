// SPDX-License-Identifier: Apache-2.0

package change

import (
	"slices"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/source"
)

// Applier says who applies an object: git, or a live reconciler.
type Applier string

// The appliers.
const (
	Git  Applier = "git"
	Live Applier = "live"
)

// hole stands for a leaf that is not known at git time.
type hole struct{ waits string }

// opaque stands for a value that is compared and never shown.
type opaque struct{ digest string }

// Entry is one object as a render leaves it: a manifest, or what is known of one that is left to live.
type Entry struct {
	Step     string // "workflow(trigger): path"; "" for an object of the input
	Instance bool   // a WorkflowInstance
	id       manifest.ID
	value    map[string]any // leaves may be a hole or opaque
	applier  Applier
	reason   string   // why it is left to live
	waits    []string // what it waits for
	byStep   bool     // it is told apart by its step: its identity is not known, or the object is not its own
}

// identity is what makes an entry of one side that of the other.
func (e *Entry) identity() manifest.Key {
	if e.byStep {
		return manifest.Key{Kind: "step", Name: e.Step}
	}
	return e.id.Key()
}

// Object is the entry as an object. Leaves of one that is left to live may be no JSON.
func (e *Entry) Object() manifest.Object { return manifest.Object{ID: e.id, Value: e.value} }

// Entries lists what a render makes, and what it leaves to live.
func Entries(r *render.Result) []Entry {
	var out []Entry
	for _, o := range r.Objects {
		e := Entry{id: o.ID, value: o.Value, applier: Git, Step: o.From.Step}
		if o.ID.Kind == render.InstanceKind && o.ID.APIVersion == render.APIVersion {
			e.value, e.Instance = summedUp(o.Value), true
		}
		out = append(out, e)
	}
	for _, plan := range r.Plans {
		of := plan.Workflow + "(" + plan.Trigger.String() + "): "
		for j := range plan.Steps {
			switch s := &plan.Steps[j]; {
			case s.Outcome.Type != render.Deferred:
			case r.AppliedBy(s) == string(Live):
				out = append(out, deferredEntry(of, &plan.Steps[j]))
			case undecided(plan, j):
				out = append(out, undecidedEntry(of, &plan.Steps[j]))
			}
		}
	}
	return out
}

// undecided tells whether a step is left to live before anybody knows how many objects it makes, and which.
func undecided(plan *render.Plan, i int) bool {
	s := &plan.Steps[i]
	kind, _, _ := strings.Cut(s.Logic, "/")
	if s.Outcome.Type != render.Deferred || s.Guest || s.Object != nil || kind != "ResourceFunction" && kind != "Workflow" {
		return false
	}
	return !slices.ContainsFunc(plan.Steps, func(o render.Step) bool {
		return strings.HasPrefix(o.Path, s.Path+"[") || strings.HasPrefix(o.Path, s.Path+".")
	})
}

// undecidedEntry stands for all that such a step makes; it has the name of what makes it.
func undecidedEntry(of string, s *render.Step) Entry {
	e := deferredEntry(of, s)
	e.id.Kind, e.id.Name, _ = strings.Cut(s.Logic, "/")
	e.byStep, e.value = true, map[string]any{}
	return e
}

// deferredEntry is a step that is left to live.
func deferredEntry(of string, s *render.Step) Entry {
	e := Entry{applier: Live, Step: of + s.Path, reason: s.Reason, byStep: s.Object == nil || s.Guest}
	for _, w := range s.Waits {
		e.waits = append(e.waits, w.String())
	}
	if len(s.GatedBy) > 0 && e.reason == "" {
		e.reason = "comes after " + strings.Join(s.GatedBy, ", ")
	}
	if e.value, _ = withHoles(s.Partial).(map[string]any); e.value == nil {
		e.value = map[string]any{}
	}
	if s.Object != nil {
		e.id = *s.Object
		return e
	}
	e.id.APIVersion, _ = e.value["apiVersion"].(string)
	e.id.Kind, _ = e.value["kind"].(string)
	e.id.Name = "(name not known yet)"
	return e
}

// withHoles puts a hole in the place of each leaf that is not known.
func withHoles(v any) any {
	return holes(expr.WithHoles(v, func(waits []expr.Wait) any {
		list := make([]string, len(waits))
		for i, w := range waits {
			list[i] = w.String()
		}
		return strings.Join(list, ", ")
	}))
}

// UnknownKey is the key by which package expr marks a leaf that is not known.
const UnknownKey = "$unknown"

func holes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if waits, ok := v[UnknownKey].(string); ok && len(v) == 1 {
			return hole{waits}
		}
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = holes(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = holes(inner)
		}
		return out
	default:
		return v
	}
}

// summedUp is a WorkflowInstance without what follows from the rest, and with one line a definition for its program: the
// program is compared, but never shown.
func summedUp(value map[string]any) map[string]any {
	spec, _ := value["spec"].(map[string]any)
	kept := map[string]any{}
	for k, v := range spec {
		switch k {
		case "applied", "deferred", "identity":
		case "program":
			program, _ := v.(map[string]any)
			text, _ := program["source"].(string)
			kept[k] = definitionsIn(text)
		default:
			kept[k] = v
		}
	}
	return replaced(value, "spec", kept)
}

// definitionsIn lists the definitions of a program's text, each opaque.
func definitionsIn(text string) map[string]any {
	docs, _ := source.Parse("program", []byte(text), 0, source.Limits{})
	out := make(map[string]any, len(docs))
	for _, doc := range docs {
		name := doc.Root.Get("kind").Text() + "/" + doc.Root.Get("metadata").Get("name").Text()
		out[name] = opaque{render.Digest(doc.Raw)}
	}
	return out
}
