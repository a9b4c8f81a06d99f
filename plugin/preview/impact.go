// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/render"
)

// DefinitionChange is a definition of the language that differs, and whom it reaches.
type DefinitionChange struct {
	Folder    string      `json:"folder"`
	Kind      string      `json:"kind"`
	Name      string      `json:"name"`
	Type      change.Type `json:"type"`
	Workflows []string    `json:"workflows"` // whose runs can use it
	Instances []string    `json:"instances"` // that ran, in the head, or in the base when it was removed
	Objects   int         `json:"objects"`   // that those instances make
}

// definitions are those of the programs that were compared last, which many folders may share.
type definitions map[*render.Program]map[string]*definition

// maxDefinitions is how many programs are kept.
const maxDefinitions = 8

// changed compares what Workflows use. Comments and layout do not count.
func (known *definitions) changed(before, after *side) []DefinitionChange {
	if before.program == after.program {
		return nil
	}
	if len(*known) > maxDefinitions || *known == nil {
		*known = definitions{}
	}
	old, young := known.of(before.program), known.of(after.program)
	var out []DefinitionChange
	for name, d := range young {
		switch was, both := old[name]; {
		case !both:
			out = append(out, d.change(change.Added, after))
		case was.text != d.text:
			out = append(out, d.change(change.Changed, after))
		}
	}
	for name, d := range old {
		if _, both := young[name]; !both {
			out = append(out, d.change(change.Removed, before))
		}
	}
	slices.SortFunc(out, func(a, b DefinitionChange) int {
		return strings.Compare(a.Kind+"/"+a.Name, b.Kind+"/"+b.Name)
	})
	return out
}

// definition is one that Workflows use.
type definition struct {
	kind, name, text string
	workflows        []string
}

func (known definitions) of(p *render.Program) map[string]*definition {
	if p == nil {
		return nil
	}
	if known[p] == nil {
		known[p] = definitionsOf(p)
	}
	return known[p]
}

func definitionsOf(p *render.Program) map[string]*definition {
	out := map[string]*definition{}
	for _, name := range slices.Sorted(maps.Keys(p.Workflows)) {
		for _, d := range p.Closure(p.Workflows[name]) {
			known := out[d.Kind+"/"+d.Name]
			if known == nil {
				known = &definition{kind: d.Kind, name: d.Name, text: change.Canonical(d.Node.Native())}
				out[d.Kind+"/"+d.Name] = known
			}
			known.workflows = append(known.workflows, name)
		}
	}
	return out
}

// change says what became of a definition, and whom it reaches on a side.
func (d *definition) change(kind change.Type, s *side) DefinitionChange {
	out := DefinitionChange{Kind: d.kind, Name: d.name, Type: kind, Workflows: d.workflows, Instances: []string{}}
	for i := range s.left.Entries {
		e := &s.left.Entries[i]
		instance, _, made := strings.Cut(e.Step, "): ")
		workflow, _, _ := strings.Cut(instance, "(")
		if !made || e.Instance || !slices.Contains(d.workflows, workflow) {
			continue
		}
		out.Objects++
		if name := instance + ")"; !slices.Contains(out.Instances, name) {
			out.Instances = append(out.Instances, name)
		}
	}
	return out
}
