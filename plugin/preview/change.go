// SPDX-License-Identifier: Apache-2.0

package preview

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

// level is the worst level of a change's alarms.
func (c *Change) level() Level {
	worst := Level("")
	for _, a := range c.Dangers {
		if a.Level == Danger || worst == "" {
			worst = a.Level
		}
	}
	return worst
}

// compare pairs the entries of two sides, and counts those that are the same.
func compare(before, after *side, noise noise) (changes []Change, same int) {
	cover := &secrets{values: slices.Concat(before.secrets.values, after.secrets.values)}
	old, order := indexed(before.entries)
	young, more := indexed(after.entries)
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
		if c, changed := compareOne(covered(old[key], cover), covered(young[key], cover), noise); changed {
			changes = append(changes, c)
		} else {
			same++
		}
	}
	changes = handedOver(changes, before, after)
	renamed(changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return a.Object.Compare(b.Object) })
	return changes, same
}

// alike tells of most objects quickly that nothing about them has changed.
func alike(a, b *entryOf) bool {
	return a != nil && b != nil && a.applier == b.applier && slices.Equal(a.waits, b.waits) && reflect.DeepEqual(a.value, b.value)
}

// indexed finds entries by identity. One that git applies comes before one that is left to live.
func indexed(entries []entryOf) (map[manifest.Key]*entryOf, []manifest.Key) {
	out := make(map[manifest.Key]*entryOf, len(entries))
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
func covered(e *entryOf, cover *secrets) *entryOf {
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

func compareOne(before, after *entryOf, noise noise) (Change, bool) {
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
	c.Waited = texts(before.waits)
	c.Fields = noise.drop(fieldsOf(unmarked(before.value), unmarked(after.value)))
	if len(c.Fields) == 0 {
		c.Fields = noise.drop(fieldsOf(before.value, after.value))
	}
	changed := kind != Changed || len(c.Fields) > 0 || !slices.Equal(before.waits, after.waits)
	return c, changed
}

func newChange(kind Type, e *entryOf) Change {
	return Change{Type: kind, Object: e.id, Applier: e.applier, Step: e.step, Reason: e.reason, WaitsFor: texts(e.waits), Waited: []string{}, Fields: []Field{}, Dangers: []Alarm{}}
}

func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// handedOver finds objects that only seem to come or go: the step that makes them in git on one side is left to live on the
// other, where nobody knows their names yet.
func handedOver(changes []Change, before, after *side) []Change {
	young, old := byStep(after.entries), byStep(before.entries)
	told := map[string]bool{}
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Applier != Git || c.Step == "":
		case c.Type == Removed:
			if e := outermost(young, c.Step); e != nil {
				c.Type, c.Applier, c.Reason, c.WaitsFor = ToLive, Live, e.reason, texts(e.waits)
				told[e.step] = true
			}
		case c.Type == Added:
			if e := outermost(old, c.Step); e != nil {
				c.Type, c.Waited = ToGit, texts(e.waits)
				told[e.step] = true
			}
		}
	}
	return slices.DeleteFunc(changes, func(c Change) bool {
		return c.Applier == Live && told[c.Step] && (c.Type == Added || c.Type == Removed)
	})
}

// byStep finds entries that are told apart by their steps.
func byStep(entries []entryOf) map[string]*entryOf {
	out := map[string]*entryOf{}
	for i := range entries {
		if e := &entries[i]; e.byStep {
			out[e.step] = e
		}
	}
	return out
}

// outermost finds the entry of a step, or of one that it is an item or a part of.
func outermost(entries map[string]*entryOf, step string) *entryOf {
	instance, path, _ := strings.Cut(step, "): ")
	for path != "" {
		if e := entries[instance+"): "+path]; e != nil {
			return e
		}
		path, _ = outerOf(path)
	}
	return nil
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

// noise is what does not count.
type noise struct{ patterns [][]string }

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

func newNoise(ignored []string) noise {
	var n noise
	for _, pattern := range ignored {
		n.patterns = append(n.patterns, segmentsOf(pattern))
	}
	return n
}

// drop leaves out the fields that do not count.
func (n noise) drop(fields []Field) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return n.covers(f.segments) })
}

// quiet leaves out what is dangerous about such fields.
func (n noise) quiet(alarms []Alarm) []Alarm {
	return slices.DeleteFunc(alarms, func(a Alarm) bool { return n.covers(segmentsOf(a.Path)) })
}

func (n noise) covers(path []string) bool {
	return slices.ContainsFunc(n.patterns, func(p []string) bool { return begins(path, p) })
}

// begins tells whether a path begins with a pattern, in which * stands for one segment.
func begins(path, pattern []string) bool {
	if len(pattern) == 0 || len(path) < len(pattern) {
		return false
	}
	for i, p := range pattern {
		if p != "*" && p != path[i] && !(p == "[*]" && strings.HasPrefix(path[i], "[")) {
			return false
		}
	}
	return true
}
