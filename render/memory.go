// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"reflect"
	"slices"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// Memory keeps what reading, compiling and evaluating came to, for runs that have much in common: what is the same is done
// once. All three are pure, so a Memory saves time and changes nothing else. The zero value remembers nothing yet; it is
// for one run at a time.
type Memory struct {
	files        source.Known
	values       map[*source.Node]map[string]any
	programs     []*compiled
	surroundings []*surrounding
	plans        map[planKey][]*remembered
	fresh        map[*source.Node]bool // the keys of values that were asked for since the last Age

	// Evaluated and Reused count instances since the beginning.
	Evaluated, Reused int
}

// maxPrograms is how many programs are kept. Those of one folder and its libraries, of two revisions, are two.
const maxPrograms = 8

// Age forgets what no run has used since the last Age, and all evaluations.
func (m *Memory) Age() {
	m.files.Age()
	for n := range m.values {
		if !m.fresh[n] {
			delete(m.values, n)
		}
	}
	m.fresh, m.plans, m.surroundings = nil, nil, nil
}

// known is what was parsed. A nil Memory knows nothing, and so in all that follows.
func (m *Memory) known() *source.Known {
	if m == nil {
		return nil
	}
	return &m.files
}

// native is the value of a document as a JSON tree, which nobody changes.
func (m *Memory) native(n *source.Node) (map[string]any, bool) {
	if m == nil {
		value, ok := n.Native().(map[string]any)
		return value, ok
	}
	value, known := m.values[n]
	if !known {
		if value, known = n.Native().(map[string]any); !known {
			return nil, false
		}
		if m.values == nil {
			m.values = map[*source.Node]map[string]any{}
		}
		m.values[n] = value
	}
	if m.fresh == nil {
		m.fresh = map[*source.Node]bool{}
	}
	m.fresh[n] = true
	return value, true
}

// compiled is a program, or why there is none.
type compiled struct {
	docs     []*source.Document
	limits   Limits
	program  *Program
	found    diag.List
	closures map[*program.Workflow]*closure
}

// compile is program.Compile, unless the documents are known.
func (m *Memory) compile(docs []*source.Document, limits Limits) (*Program, diag.List, error) {
	if m == nil {
		return compileProgram(docs, limits)
	}
	for _, c := range m.programs {
		if c.limits.Alloc == limits.Alloc && c.limits.Steps == limits.Steps && slices.Equal(c.docs, docs) {
			return c.program, slices.Clone(c.found), nil
		}
	}
	p, found, err := compileProgram(docs, limits)
	if err != nil {
		return nil, nil, err
	}
	if len(m.programs) == maxPrograms {
		m.programs = slices.Delete(m.programs, 0, 1)
	}
	m.programs = append(m.programs, &compiled{
		docs: slices.Clone(docs), limits: limits, program: p, found: slices.Clone(found), closures: map[*program.Workflow]*closure{},
	})
	return p, found, nil
}

// closure is what a run of a Workflow can use.
type closure struct {
	texts  []string // of each definition, as it is written
	places []string // where each stands
}

// closureOf lists what a run of a Workflow of a program that Memory has compiled can use; nil when that is not known.
func (m *Memory) closureOf(p *Program, w *program.Workflow) *closure {
	at := slices.IndexFunc(m.programs, func(c *compiled) bool { return c.program == p })
	if at < 0 {
		return nil
	}
	known := m.programs[at].closures[w]
	if known == nil {
		known = &closure{}
		for _, d := range p.Closure(w) {
			known.texts = append(known.texts, d.Kind+"/"+d.Name+"\n"+string(d.Node.Document().Raw))
			known.places = append(known.places, d.Node.Pos().String())
		}
		m.programs[at].closures[w] = known
	}
	return known
}

// surrounding is all that evaluations of one render have in common besides the program and the objects of the input.
type surrounding struct {
	config Config
	kinds  []map[string]any // CustomResourceDefinitions
}

// surroundingOf is the one surrounding of a configuration and kinds.
func (m *Memory) surroundingOf(w surrounding) *surrounding {
	for _, known := range m.surroundings {
		if reflect.DeepEqual(*known, w) {
			return known
		}
	}
	m.surroundings = append(m.surroundings, &w)
	return &w
}

// planKey finds evaluations that may be the same.
type planKey struct {
	around   *surrounding
	workflow string
	trigger  manifest.Key
}

// remembered is one evaluation, with all that it depends on.
type remembered struct {
	trigger manifest.Object
	closure *closure
	ordered bool
	read    []map[string]any // what plan.Reads gave; nil for what was not there
	plan    *Plan
}

// evaluate is eval.Evaluate, unless an evaluation is known that has seen the same. Live observations, and texts that Flux
// will change, are left to eval.
func (r *rendering) evaluate(ctx context.Context, t *instance) (*Plan, error) {
	trigger, opts := eval.Trigger{Workflow: t.workflow, Object: r.seen(t)}, r.evaluation(t)
	m := r.opts.Memory
	if m == nil || r.opts.Observed != nil || r.late != nil && len(r.late.hidden) > 0 {
		return eval.Evaluate(ctx, r.program, trigger, r.observed, opts)
	}
	if r.around == nil {
		r.around = m.surroundingOf(surrounding{*r.config, r.sources.definedKinds})
	}
	now := remembered{trigger: trigger.Object, closure: m.closureOf(r.program, t.workflow), ordered: opts.Ordered}
	key := planKey{r.around, t.workflow.Name, t.object.ID.Key()}
	for _, known := range m.plans[key] {
		if known.holds(&now, opts.Declared) && (slices.Equal(known.closure.places, now.closure.places) || r.placeless(known.plan)) {
			m.Reused++
			return known.plan, nil
		}
	}
	m.Evaluated++
	plan, err := eval.Evaluate(ctx, r.program, trigger, r.observed, opts)
	if err == nil {
		m.keep(key, now, plan, opts.Declared)
	}
	return plan, err
}

// keep remembers an evaluation.
func (m *Memory) keep(key planKey, now remembered, plan *Plan, declared *manifest.Set) {
	if now.closure == nil {
		return
	}
	for _, id := range plan.Reads {
		o, _ := declared.Get(id)
		now.read = append(now.read, o.Value)
	}
	if m.plans == nil {
		m.plans = map[planKey][]*remembered{}
	}
	now.plan = plan
	m.plans[key] = append(m.plans[key], &now)
}

// holds tells whether an evaluation has seen what another one would.
func (known *remembered) holds(now *remembered, declared *manifest.Set) bool {
	if now.closure == nil || known.ordered != now.ordered || known.trigger.ID != now.trigger.ID ||
		!slices.Equal(known.closure.texts, now.closure.texts) || !reflect.DeepEqual(known.trigger.Value, now.trigger.Value) {
		return false
	}
	for i, id := range known.plan.Reads {
		if o, _ := declared.Get(id); !reflect.DeepEqual(o.Value, known.read[i]) {
			return false
		}
	}
	return true
}

// placeless tells whether nothing of a plan is told with a place in a file, so that definitions may have moved.
func (r *rendering) placeless(plan *Plan) bool {
	return len(plan.StateErrors) == 0 && !slices.ContainsFunc(plan.Steps, func(s eval.StepResult) bool {
		return r.fails(&s) || s.Outcome.Type == eval.Deferred && r.config.OnDeferred != DeferredInstance
	})
}
