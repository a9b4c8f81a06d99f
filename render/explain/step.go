// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// run is one run of a Workflow: that of an instance, or one called by a step.
type run struct {
	instance *Instance
	workflow *program.Workflow
	prefix   string // of its steps' paths
	caller   *step  // nil for that of an instance
}

// step is a step of a run, or one item of its forEach.
type step struct {
	run    *run
	def    *program.Step
	path   string
	index  int              // of the item; -1 for the step itself
	called *eval.Called     // nil when it was not reached
	result *eval.StepResult // nil when there is none
}

func (r *run) step(label string) *step {
	for _, def := range r.workflow.Steps {
		if def.Label == label {
			return r.made(def, r.prefix+label, -1)
		}
	}
	return nil
}

func (r *run) made(def *program.Step, at string, index int) *step {
	st := &step{run: r, def: def, path: at, index: index, result: r.instance.result(at)}
	if r.instance.trace != nil {
		st.called = r.instance.trace.Called(at)
	}
	return st
}

// follow evaluates an instance once more, and those that led to it, to see how its values come about.
func (w *World) follow(ctx context.Context, t *Instance) error {
	for ; t != nil && t.trace == nil; t = t.Outer {
		_, trace, err := eval.Traced(ctx, w.Program, t.Trigger, w.Observed, t.Options)
		if err != nil {
			return fmt.Errorf("follow %s: %w", t, err)
		}
		t.trace = trace
	}
	return nil
}

func (t *Instance) result(at string) *eval.StepResult {
	for i := range t.Plan.Steps {
		if t.Plan.Steps[i].Path == at {
			return &t.Plan.Steps[i]
		}
	}
	return nil
}

func (t *Instance) run() *run { return &run{instance: t, workflow: t.Trigger.Workflow} }

// locate finds a step by its path, such as environments[1].stores[0]; nil when there is none.
func (t *Instance) locate(p *program.Program, at string) *step {
	r := t.run()
	var found *step
	for label := range strings.SplitSeq(at, ".") {
		if found != nil {
			r = found.inner(p)
		}
		if r == nil {
			return nil
		}
		name, item, repeated := strings.Cut(strings.TrimSuffix(label, "]"), "[")
		if found = r.step(name); found == nil {
			return nil
		}
		if repeated {
			i, err := strconv.Atoi(item)
			if err != nil {
				return nil
			}
			found = found.item(i)
		}
	}
	return found
}

// inner is the run of the Workflow that a step calls; nil when it calls none.
func (st *step) inner(p *program.Program) *run {
	name, calls := strings.CutPrefix(st.logic(), "Workflow/")
	if !calls || p.Workflows[name] == nil {
		return nil
	}
	return &run{instance: st.run.instance, workflow: p.Workflows[name], prefix: st.path + ".", caller: st}
}

// logic is what the step ran, as Kind/name; empty when nobody knows.
func (st *step) logic() string {
	if st.result == nil {
		return ""
	}
	return st.result.Logic
}

func (st *step) item(i int) *step {
	return st.run.made(st.def, st.path+"["+strconv.Itoa(i)+"]", i)
}

// items are the runs of a forEach that were reached.
func (st *step) items() []*step {
	var out []*step
	for i := 0; ; i++ {
		item := st.item(i)
		if item.result == nil {
			return out
		}
		out = append(out, item)
	}
}

func (st *step) isLoop() bool { return st.def.ForEach != nil && st.index < 0 }

func (st *step) resource() *program.ResourceFunction {
	if st.called == nil || st.called.Logic == nil {
		return nil
	}
	return st.called.Logic.Resource
}

// scope is what the expressions of the step itself see.
func (st *step) scope() *scope {
	sc := &scope{where: inStep, step: st, layer: whole}
	if st.called != nil {
		sc.vars = st.called.Scope
	}
	return sc
}

// function is what the expressions of the step's function see; layer says how much of the target.
func (st *step) function(layer int) *scope {
	sc := &scope{where: inFunction, step: st, layer: layer}
	if st.called == nil {
		return sc
	}
	sc.vars = st.called.Vars
	if layer != whole && sc.vars != nil {
		sc.vars = with(sc.vars, "resource", st.called.Layers[layer].Before)
	}
	return sc
}

// overlay is what the expressions of an overlay's ValueFunction see.
func (st *step) overlay(layer int) *scope {
	return &scope{where: inOverlay, step: st, layer: layer, vars: st.called.Layers[layer].Vars}
}

func (st *step) state() *scope {
	sc := &scope{where: inState, step: st, layer: whole}
	if st.result != nil {
		sc.vars = expr.Vars{"value": st.result.Outcome.Value}
	}
	return sc
}

func with(vars expr.Vars, name string, v any) expr.Vars {
	out := make(expr.Vars, len(vars)+1)
	for key, value := range vars {
		out[key] = value
	}
	out[name] = v
	return out
}
