// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"maps"
	"strings"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// frame is one run of a Workflow: where it stands and what its steps see.
type frame struct {
	workflow *program.Workflow
	parent   any
	place    *place
	prefix   string // of its steps' paths: "" or "outer."
	depth    int
	gate     *hold // why none of its steps may run yet; nil: they may
	wave     int   // in which its first steps run
	inner    bool  // a sub-workflow, of which conditions are not kept
	done     []stepDone
}

// stepDone is what later steps and the Workflow need of a step.
type stepDone struct {
	label   string
	path    string
	outcome Outcome
	record  any // LANGUAGE 7.10
	after   int // the earliest wave of what depends on it
}

// workflowRun is what a Workflow came to.
type workflowRun struct {
	outcome     Outcome
	state       map[string]any // of steps that are Ok
	likely      map[string]any // of deferred ones too, as far as it is known; nil when there are none
	stateErrors map[string]string
	conditions  []Condition
	steps       []stepDone
}

// record is the managed-resources structure of the run.
func (r *workflowRun) record(name string) any {
	resources := make(map[string]any, len(r.steps))
	for i := range r.steps {
		resources[r.steps[i].label] = r.steps[i].record
	}
	return map[string]any{"workflow": name, "resources": resources}
}

// workflow runs all steps in order. Nothing is concurrent: steps only depend on earlier ones.
func (e *evaluator) workflow(f *frame) workflowRun {
	f.done = make([]stepDone, 0, len(f.workflow.Steps))
	outs := make([]Outcome, 0, len(f.workflow.Steps))
	var run workflowRun
	for _, s := range f.workflow.Steps {
		if e.stopped() {
			return run
		}
		done := e.step(f, s)
		f.done = append(f.done, done)
		outs = append(outs, done.outcome)
		if s.Condition != nil && !f.inner {
			run.conditions = putCondition(run.conditions, conditionOf(&done.outcome, s.Condition.Type, s.Condition.Name, f.workflow.Name))
		}
		e.keepState(&run, s, &done)
	}
	run.steps, run.outcome = f.done, Combine(outs)
	if !f.inner {
		run.conditions = putCondition(run.conditions, conditionOf(&run.outcome, readyType, "Workflow "+f.workflow.Name, f.workflow.Name))
	}
	return run
}

// keepState merges the state of an Ok step, key by key. What a deferred step would say is kept apart.
func (e *evaluator) keepState(run *workflowRun, s *program.Step, done *stepDone) {
	if s.State == nil || done.outcome.Type != Ok && done.outcome.Type != Deferred {
		return
	}
	certain := done.outcome.Type == Ok
	value, err := s.State.Eval(e.ctx, expr.Vars{"value": done.outcome.Value})
	state, isMap := value.(map[string]any)
	switch {
	case err != nil:
		if failed := e.failed(err, s.Label+".state"); certain {
			run.stateError(s.Label, failed.Message+" at "+failed.Location)
		}
		return
	case !isMap:
		if certain {
			run.stateError(s.Label, "Invalid state type ("+expr.TypeName(value)+")")
		}
		return
	case certain:
		run.state = merged(run.state, state)
		if run.likely != nil {
			run.likely = merged(run.likely, state)
		}
	default:
		if run.likely == nil {
			run.likely = maps.Clone(run.state)
		}
		run.likely = merged(run.likely, state)
	}
}

func (r *workflowRun) stateError(label, message string) {
	if r.stateErrors == nil {
		r.stateErrors = make(map[string]string)
	}
	r.stateErrors[label] = message
}

// merged puts the keys of more into a map that nobody else holds yet.
func merged(into, more map[string]any) map[string]any {
	if into == nil {
		into = make(map[string]any, len(more))
	}
	maps.Copy(into, more)
	return into
}

// step runs one step and writes its result.
func (e *evaluator) step(f *frame, s *program.Step) stepDone {
	at := len(e.steps)
	done := stepDone{label: s.Label, path: f.prefix + s.Label}
	e.steps = append(e.steps, StepResult{Path: done.path, Logic: logicName(s)})
	where := &place{up: f.place, text: ".spec.steps." + s.Label}
	gate, skip, blocked := f.dependencies(s)
	wave := f.waveOf(s)
	if e.opts.Ordered {
		gate, e.steps[at].Wave = nil, wave
	}
	if blocked {
		done.outcome = Outcome{Type: DepSkip, Message: skip, Location: where.String(), Pos: s.Node.Pos()}
	} else {
		r := e.run(f, s, &call{path: done.path, place: where, at: at, depth: f.depth, gate: gate, wave: wave})
		done.outcome, done.record, done.after = r.outcome, r.record, r.after
	}
	done.after = max(done.after, wave)
	e.steps[at].settle(done.outcome)
	return done
}

// run is a step whose dependencies do not block it: skipIf, inputs, then the logic.
func (e *evaluator) run(f *frame, s *program.Step, c *call) result {
	held := hold{}
	if c.gate != nil {
		held = *c.gate
		e.steps[c.at].GatedBy = held.gates
	}
	c.vars = f.scope(s)
	e.trace.entered(s, c)
	if s.SkipIf != nil {
		if out, ended := e.skipIf(s, c, &held); ended {
			return result{outcome: held.over(out, e.fallback(c))}
		}
	}
	inputs, err := e.inputs(s, c)
	if err != nil {
		return result{outcome: held.over(e.failed(err, c.place.part(".inputs")), e.fallback(c))}
	}
	c.inputs = inputs
	if held.active() && c.gate == nil {
		c.gate = gatedBy([]string{c.path})
	}
	r := e.repeated(s, c)
	r.outcome = held.over(r.outcome, e.fallback(c))
	return r
}

// skipIf decides whether the step is skipped.
func (e *evaluator) skipIf(s *program.Step, c *call, held *hold) (Outcome, bool) {
	v, err := s.SkipIf.Eval(e.ctx, c.vars)
	if err != nil {
		return e.failed(err, c.place.part(".skipIf")), true
	}
	switch skip, ok := v.(bool); {
	case ok && skip:
		return Outcome{Type: Skip, Message: "skipped by workflow", Pos: s.SkipIf.Node.Pos()}, true
	case ok:
		return Outcome{}, false
	}
	waits := expr.WaitsOf(v)
	if len(waits) == 0 {
		return Outcome{
			Type: PermFail, Message: "`skipIf` must evaluate to a bool, received " + expr.TypeName(v),
			Location: c.place.part(".skipIf"), Pos: s.SkipIf.Node.Pos(),
		}, true
	}
	held.add(waits, "`skipIf` is not known yet")
	return Outcome{}, false
}

func (e *evaluator) inputs(s *program.Step, c *call) (any, error) {
	if s.Inputs == nil {
		return noFields, nil
	}
	return s.Inputs.Eval(e.ctx, c.vars)
}

// scope is what a step's expressions see: parent, and the steps that it depends on.
func (f *frame) scope(s *program.Step) expr.Vars {
	vars := make(expr.Vars, 3)
	vars["parent"] = f.parent
	if len(s.DependsOn) > 0 {
		steps := make(map[string]any, len(s.DependsOn))
		for _, label := range s.DependsOn {
			if done := f.find(label); done != nil {
				steps[label] = done.outcome.Value
			}
		}
		vars["steps"] = steps
	}
	return vars
}

func (f *frame) find(label string) *stepDone {
	for i := range f.done {
		if f.done[i].label == label {
			return &f.done[i]
		}
	}
	return nil
}

// dependencies looks at the steps that s depends on. One that failed or was skipped blocks s, and the message says why;
// else deferred ones gate it, and so does what gates the whole Workflow.
func (f *frame) dependencies(s *program.Step) (gate *hold, skip string, blocked bool) {
	var gates []string
	for _, label := range s.DependsOn {
		done := f.find(label)
		if done == nil || done.outcome.Type == Ok {
			continue
		}
		if done.outcome.Type != Deferred {
			return nil, dependencyMessage(label, &done.outcome), true
		}
		gates = append(gates, done.path)
	}
	if len(gates) > 0 {
		return gatedBy(gates), "", false
	}
	return f.gate, "", false
}

// dependencyMessage is the text of LANGUAGE 7.4.
func dependencyMessage(label string, o *Outcome) string {
	state := "is in failure state"
	switch o.Type {
	case DepSkip:
		state = "is waiting on dependency"
	case Skip:
		state = "was skipped"
	case Retry:
		state = "is waiting"
	}
	return "'" + label + "' " + state + " (" + orNone(o.Message) + " at " + orNone(o.Location) + ")."
}

// settle writes an outcome, and what it waits for, into the step's result.
func (s *StepResult) settle(o Outcome) {
	s.Outcome, s.Waits = o, o.Waits
	if o.Type == Deferred {
		s.Reason = o.Message
		return
	}
	s.GatedBy = nil
}

func logicName(s *program.Step) string {
	if s.Logic == nil {
		return ""
	}
	return s.Logic.Kind + "/" + s.Logic.Name
}

// gatedBy holds back what comes after deferred steps.
func gatedBy(paths []string) *hold {
	reason := "it comes after " + strings.Join(paths, ", ") + ", which is deferred"
	if len(paths) > 1 {
		reason = "it comes after " + strings.Join(paths, ", ") + ", which are deferred"
	}
	return &hold{gates: paths, reason: reason}
}

// fallback is what a value waits for of which nothing better is known: the object of the step, else the trigger.
func (e *evaluator) fallback(c *call) expr.Wait {
	if id := e.steps[c.at].Object; id != nil {
		return expr.Wait{Step: c.path, Object: *id}
	}
	return expr.Wait{Step: c.path, Object: e.trigger}
}
