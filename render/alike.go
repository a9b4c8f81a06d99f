// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// Alike tells, without evaluating anything, that two renders come to the same: their settings, objects and kinds are the
// same, and so are all definitions that their triggers, and whatever those may render, can use. False says that nothing is
// known.
func Alike(s, t *Sources, p, q *Program, opts Options) bool {
	if !reflect.DeepEqual(s.Config, t.Config) || !reflect.DeepEqual(s.definedKinds, t.definedKinds) || !slices.EqualFunc(s.Objects, t.Objects, sameInput) {
		return false
	}
	if p == q {
		return true
	}
	if len(checkPins(newOutlooks(p, &s.Config)))+len(checkPins(newOutlooks(q, &t.Config))) > 0 {
		return false
	}
	before, found := selectTriggers(s, p, opts)
	after, more := selectTriggers(t, q, opts)
	if found.HasErrors() || !reflect.DeepEqual(found, more) || !slices.EqualFunc(before, after, sameChoice) {
		return false
	}
	return slices.EqualFunc(used(p, &s.Config, before), used(q, &t.Config, after), sameDefinition)
}

func sameInput(a, b InputObject) bool {
	return a.consume == b.consume && a.From == b.From && bytes.Equal(a.Raw, b.Raw) && reflect.DeepEqual(a.Value, b.Value)
}

func sameChoice(a, b chosen) bool {
	if a.workflow == nil || b.workflow == nil {
		return a.workflow == nil && b.workflow == nil && a.fate == b.fate
	}
	return a.fate == b.fate && a.workflow.Name == b.workflow.Name
}

func sameDefinition(a, b program.Definition) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Node.Pos() == b.Node.Pos() && bytes.Equal(a.Node.Document().Raw, b.Node.Document().Raw)
}

// used lists what the Workflows of triggers can use, and those of what they may render, and so on.
func used(p *Program, config *Config, triggers []chosen) []program.Definition {
	u := &users{program: p, selection: newSelection(p, config), seen: map[*program.Workflow]bool{}}
	for i := range triggers {
		c := &triggers[i]
		if c.workflow == nil {
			continue
		}
		if _, named := annotation(c.input.Value, workflowAnnotation); named {
			u.all = true // what is copied from it may name a Workflow, too
		}
		u.workflow(c.workflow)
	}
	if u.all {
		for _, w := range p.Workflows {
			u.workflow(w)
		}
	}
	return u.sorted()
}

// users gathers Workflows that may run.
type users struct {
	program   *Program
	selection *selection
	seen      map[*program.Workflow]bool
	all       bool // any Workflow may run
}

func (u *users) workflow(w *program.Workflow) {
	if u.seen[w] {
		return
	}
	u.seen[w] = true
	for _, d := range u.program.Closure(w) {
		if bytes.Contains(d.Node.Document().Raw, []byte(workflowAnnotation)) {
			u.all = true
		}
		f := u.program.ResourceFunctions[d.Name]
		if d.Kind != "ResourceFunction" || f == nil {
			continue
		}
		if next := u.selection.forRendered(manifest.ID{APIVersion: f.API.APIVersion, Kind: f.API.Kind}, nil); next != nil {
			u.workflow(next)
		}
	}
}

func (u *users) sorted() []program.Definition {
	var out []program.Definition
	for w := range u.seen {
		out = append(out, u.program.Closure(w)...)
	}
	slices.SortFunc(out, func(a, b program.Definition) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return slices.CompactFunc(out, func(a, b program.Definition) bool { return a.Node == b.Node })
}
