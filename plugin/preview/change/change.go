// SPDX-License-Identifier: Apache-2.0

// Package change compares what two renders leave. Entries come in: manifests, and what is known of objects that are left to
// live; changes go out, as data: what became of each object and of its fields, and what is dangerous about it. What Secrets
// hold never goes out.
//
// The comparison is our own and not a library's, because it has to know what no library does: leaves that are not known
// yet, objects that pass from git to live, values that must stay secret, and what makes a change dangerous.
package change

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Type says what becomes of an object.
type Type string

// The types of changes.
const (
	Added   Type = "added"
	Removed Type = "removed"
	Changed Type = "changed"
	ToLive  Type = "to-live" // git applied it, now it is left to a live reconciler: newly deferred
	ToGit   Type = "to-git"  // it was left to a live reconciler, now git applies it: no longer deferred
)

// Change is what becomes of one object.
type Change struct {
	Folder  string      `json:"folder"`
	Type    Type        `json:"type"`
	Object  manifest.ID `json:"object"`
	Applier Applier     `json:"appliedBy"` // in the head; of a removed object, in the base
	// Step made it: "workflow(trigger): path"; empty for an object of the input.
	Step     string   `json:"step"`
	Fields   []Field  `json:"fields"`
	WaitsFor []string `json:"waitsFor"` // of one that is left to live, in the head
	Waited   []string `json:"waitedFor"`
	Reason   string   `json:"reason"`      // why it is left to live
	Renamed  string   `json:"renamedFrom"` // of an added object: the removed one that the same step made
	Dangers  []Alarm  `json:"dangers"`
	// Manifest is an object that one side alone has, with unknown and hidden leaves as in a Field; else nil.
	Manifest any `json:"manifest"`

	before, after map[string]any // as they are shown
}

// Level is the worst level of a change's alarms; "" when there is none.
func (c *Change) Level() Level {
	worst := Level("")
	for _, a := range c.Dangers {
		if a.Level == Danger || worst == "" {
			worst = a.Level
		}
	}
	return worst
}

// Waiting says why an object is left to live.
func (c *Change) Waiting() string {
	if len(c.WaitsFor) > 0 {
		return "waits for " + strings.Join(c.WaitsFor, ", ")
	}
	return c.Reason
}

// Side is what one render leaves.
type Side struct {
	Entries []Entry
	Secrets Secrets // those of its input and its output
	Keys    *Keys   // nil says nothing
}

// Compare pairs the entries of two sides, and counts those that are the same. Changes are ordered by object.
func Compare(before, after *Side, noise Noise) (changes []Change, same int) {
	cover := &Secrets{values: slices.Concat(before.Secrets.values, after.Secrets.values)}
	old, order := indexed(before.Entries)
	young, more := indexed(after.Entries)
	for _, key := range more {
		if old[key] == nil {
			order = append(order, key)
		}
	}
	for _, key := range order {
		if alike(old[key], young[key]) {
			same++
			continue
		}
		if c, changed := compareOne(covered(old[key], cover), covered(young[key], cover), differ{before: before.Keys, after: after.Keys}, noise); changed {
			changes = append(changes, c)
		} else {
			same++
		}
	}
	changes = handedOver(changes, before, after)
	renamed(changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return a.Object.Compare(b.Object) })
	for i := range changes {
		changes[i].Dangers = noise.quiet(dangersOf(&changes[i]))
	}
	return changes, same
}

// alike tells of most objects quickly that nothing about them has changed.
func alike(a, b *Entry) bool {
	return a != nil && b != nil && a.applier == b.applier && slices.Equal(a.waits, b.waits) && reflect.DeepEqual(a.value, b.value)
}

// indexed finds entries by identity. One that git applies comes before one that is left to live.
func indexed(entries []Entry) (map[manifest.Key]*Entry, []manifest.Key) {
	out := make(map[manifest.Key]*Entry, len(entries))
	var order []manifest.Key
	for i := range entries {
		key := entries[i].identity()
		if out[key] == nil {
			out[key] = &entries[i]
			order = append(order, key)
		}
	}
	return out, order
}

// covered is an entry without secrets.
func covered(e *Entry, cover *Secrets) *Entry {
	if e == nil {
		return nil
	}
	out := *e
	if isSecret(e.id) {
		out.value = hideOwn(e.value)
	}
	if len(cover.values) > 0 {
		out.value, _ = cover.hide(out.value).(map[string]any)
	}
	return &out
}

func compareOne(before, after *Entry, d differ, noise Noise) (Change, bool) {
	switch {
	case before == nil:
		c := newChange(Added, after)
		c.after, c.Manifest = after.value, plain(after.value)
		return c, true
	case after == nil:
		c := newChange(Removed, before)
		c.before, c.Manifest = before.value, plain(before.value)
		return c, true
	}
	kind := Changed
	if before.applier != after.applier {
		kind = map[Applier]Type{Git: ToGit, Live: ToLive}[after.applier]
	}
	c := newChange(kind, after)
	c.before, c.after = before.value, after.value
	c.Waited, d.id = texts(before.waits), after.id
	c.Fields = noise.drop(d.compare(unmarked(before.value), unmarked(after.value)))
	if len(c.Fields) == 0 {
		c.Fields = noise.drop(d.compare(before.value, after.value))
	}
	changed := kind != Changed || len(c.Fields) > 0 || !slices.Equal(before.waits, after.waits)
	return c, changed
}

func newChange(kind Type, e *Entry) Change {
	return Change{Type: kind, Object: e.id, Applier: e.applier, Step: e.Step, Reason: e.reason, WaitsFor: texts(e.waits), Waited: []string{}, Fields: []Field{}, Dangers: []Alarm{}}
}

func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// handedOver finds objects that only seem to come or go: the step that makes them in git on one side is left to live on the
// other, where nobody knows their names yet.
func handedOver(changes []Change, before, after *Side) []Change {
	young, old := byStep(after.Entries), byStep(before.Entries)
	told := map[string]bool{}
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Applier != Git || c.Step == "":
		case c.Type == Removed:
			if e := outermost(young, c.Step); e != nil {
				c.Type, c.Applier, c.Reason, c.WaitsFor = ToLive, Live, e.reason, texts(e.waits)
				told[e.Step] = true
			}
		case c.Type == Added:
			if e := outermost(old, c.Step); e != nil {
				c.Type, c.Waited = ToGit, texts(e.waits)
				told[e.Step] = true
			}
		}
	}
	return slices.DeleteFunc(changes, func(c Change) bool {
		return c.Applier == Live && told[c.Step] && (c.Type == Added || c.Type == Removed)
	})
}

// byStep finds entries that are told apart by their steps.
func byStep(entries []Entry) map[string]*Entry {
	out := map[string]*Entry{}
	for i := range entries {
		if e := &entries[i]; e.byStep {
			out[e.Step] = e
		}
	}
	return out
}

// outermost finds the entry of a step, or of one that it is an item or a part of.
func outermost(entries map[string]*Entry, step string) *Entry {
	instance, path, _ := strings.Cut(step, "): ")
	for path != "" {
		if e := entries[instance+"): "+path]; e != nil {
			return e
		}
		path = outerOf(path)
	}
	return nil
}

// outerOf is the path of what a step is an item or a part of: label of label[2], label[2] of label[2].inner; "" for none.
func outerOf(path string) string {
	if strings.HasSuffix(path, "]") {
		return path[:strings.LastIndexByte(path, '[')]
	}
	return path[:max(0, strings.LastIndexByte(path, '.'))]
}

// renamed notes where a step makes an object of another name than before.
func renamed(changes []Change) {
	gone := map[string]*Change{}
	for i := range changes {
		if c := &changes[i]; c.Type == Removed && c.Step != "" {
			gone[c.Object.Kind+" "+c.Step] = c
		}
	}
	for i := range changes {
		c := &changes[i]
		if old := gone[c.Object.Kind+" "+c.Step]; c.Type == Added && old != nil {
			c.Renamed = old.Object.String()
		}
	}
}

// unmarked is a manifest without the hash of its target, which changes with every other field and tells nothing that those
// do not.
func unmarked(value map[string]any) map[string]any {
	metadata, _ := value["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations[render.RenderedHash] == nil {
		return value
	}
	rest := maps.Clone(annotations)
	delete(rest, render.RenderedHash)
	metadata = maps.Clone(metadata)
	if metadata["annotations"] = rest; len(rest) == 0 {
		delete(metadata, "annotations")
	}
	return replaced(value, "metadata", metadata)
}
