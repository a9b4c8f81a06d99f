// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"fmt"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/program"
)

// applyAnnotation pins who applies the object of a ResourceFunction.
const applyAnnotation = "korender.dev/apply"

// checkPins finds functions that are pinned to git and used by a step that may have to be left to live.
func checkPins(views *outlooks) diag.List {
	pinned := false
	for _, f := range views.program.ResourceFunctions {
		pinned = pinned || f.Pin == "git"
	}
	if !pinned {
		return nil
	}
	c := pinCheck{told: map[string]bool{}}
	for _, w := range roots(views.program) {
		c.root = w
		c.workflow(w, views.of(w).steps, "")
	}
	return c.found
}

// pinCheck goes through the steps of one Workflow after another.
type pinCheck struct {
	root  *program.Workflow
	told  map[string]bool
	found diag.List
}

func (c *pinCheck) workflow(w *program.Workflow, list []program.StepDeferral, prefix string) {
	for _, s := range w.Steps {
		d := program.FindDeferral(list, s.Label)
		if d == nil {
			continue
		}
		for _, l := range s.Logics() {
			switch {
			case l.Workflow != nil:
				c.workflow(l.Workflow, d.Inner, prefix+s.Label+".")
			case l.Resource != nil && l.Resource.Pin == "git":
				c.function(l.Resource, s, d, prefix+s.Label)
			}
		}
	}
}

// function tells the first reason why a pinned function may be deferred.
func (c *pinCheck) function(f *program.ResourceFunction, s *program.Step, d *program.StepDeferral, path string) {
	for i := range d.Causes {
		cause := &d.Causes[i]
		key := f.Name + " " + c.root.Name + " " + path
		if s.Switch != nil && !concerns(cause, f) || c.told[key] {
			continue
		}
		c.told[key] = true
		p := f.Node.At("metadata", "annotations", applyAnnotation).Problem(diag.PinViolated, "")
		p.Message = fmt.Sprintf("ResourceFunction %s is pinned to git, but step %s of Workflow %s may have to be left to live: %s",
			f.Name, path, c.root.Name, cause.Text)
		p.Hint = "remove the pin, or what the step cannot know at git time"
		c.found = append(c.found, p)
	}
}

// concerns tells whether a cause of a step with several functions is one of this function: what keeps the step itself
// waiting is everybody's.
func concerns(c *program.Cause, f *program.ResourceFunction) bool {
	switch c.Kind {
	case program.CauseDependency, program.CauseSkipIf, program.CauseSwitchOn, program.CauseItemIn, program.CauseInputs:
		return true
	}
	doc := f.Node.Document()
	last := doc.Line + bytes.Count(doc.Raw, []byte("\n"))
	return c.At.File == doc.File && c.At.Line >= doc.Line && c.At.Line <= last
}
