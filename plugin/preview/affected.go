// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/graph"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/program"
)

// Affected is a Workflow that changed definitions reach, or of which objects changed. Folders whose Workflow is the same
// share one.
type Affected struct {
	Workflow string
	Folders  []string
	Chart    graph.Chart // what changed stands out
	// Changes are those of the objects that a step makes, by the name of its node in the chart, as indices of
	// Preview.Changes; the object of a whole run is of its trigger.
	Changes map[string][]int
}

// affect draws the Workflows that the changes and the changed definitions of a folder reach. The changes are the last of
// the preview, from the one of that index.
func (p *Preview) affect(folder string, before, after *side, first int) {
	changed, names := map[string]bool{}, map[string]bool{}
	for _, d := range p.Definitions {
		if d.Folder == folder {
			changed[d.Kind+"/"+d.Name] = true
			for _, name := range d.Workflows {
				names[name] = true
			}
		}
	}
	touched := map[string]map[string][]int{} // by Workflow and step
	for i := first; i < len(p.Changes); i++ {
		for _, at := range stepsOf(&p.Changes[i], after.program, before.program) {
			names[at.workflow] = true
			if touched[at.workflow] == nil {
				touched[at.workflow] = map[string][]int{}
			}
			touched[at.workflow][at.label] = append(touched[at.workflow][at.label], i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		for _, from := range []*render.Program{after.program, before.program} {
			if from == nil {
				continue
			}
			if c, ok := graph.Marked(from, name, changed); ok {
				p.draw(folder, name, c, touched[name])
				break
			}
		}
	}
}

// draw adds a chart, or the folder to one that is the same.
func (p *Preview) draw(folder, workflow string, c graph.Chart, touched map[string][]int) {
	at := slices.IndexFunc(p.Affected, func(a Affected) bool { return a.Workflow == workflow && reflect.DeepEqual(a.Chart, c) })
	if at < 0 {
		at = len(p.Affected)
		p.Affected = append(p.Affected, Affected{Workflow: workflow, Chart: c, Changes: map[string][]int{}})
	}
	a := &p.Affected[at]
	a.Folders = append(a.Folders, folder)
	for label, list := range touched {
		a.Changes[label] = append(a.Changes[label], list...)
	}
}

// place is a step of a Workflow.
type place struct{ workflow, label string }

// stepsOf lists the steps that a change comes from, the outermost first: the one that makes the object, and those that run
// its Workflow.
func stepsOf(c *change.Change, programs ...*render.Program) []place {
	instance, path, made := strings.Cut(c.Step, "): ")
	workflow, _, ok := strings.Cut(instance, "(")
	switch {
	case !ok:
		return nil
	case !made:
		return []place{{workflow, graph.Parent}}
	}
	var out []place
	for _, part := range strings.Split(path, ".") {
		label, _, _ := strings.Cut(part, "[")
		at := place{workflow, label}
		out = append(out, at)
		if workflow = at.runs(programs); workflow == "" {
			break
		}
	}
	return out
}

// runs is the Workflow that a step runs; of a refSwitch, the first.
func (at place) runs(programs []*render.Program) string {
	for _, p := range programs {
		if p == nil || p.Workflows[at.workflow] == nil {
			continue
		}
		for _, s := range p.Workflows[at.workflow].Steps {
			if s.Label == at.label {
				return workflowOf(s)
			}
		}
	}
	return ""
}

func workflowOf(s *program.Step) string {
	if s.Switch == nil {
		if s.Logic != nil && s.Logic.Workflow != nil {
			return s.Logic.Name
		}
		return ""
	}
	for _, c := range s.Switch.Cases {
		if c.Logic.Workflow != nil {
			return c.Logic.Name
		}
	}
	return ""
}
