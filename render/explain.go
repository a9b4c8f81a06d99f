// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/explain"
)

// ExplainOptions say what to explain. Object is Kind/namespace/name, Kind/name, the same with Kind.group, or the path of
// a step; Field is a path in the object, and may be empty.
type ExplainOptions struct {
	Options
	Object, Field string
	Depth         int // how far values are followed; 0: a default that suits a terminal
}

// Explanation says where an object or a value comes from.
type Explanation = explain.Explanation

// Subjects lists what can be explained.
type Subjects []explain.Subject

// WriteText prints the list for people.
func (s Subjects) WriteText(w io.Writer, color bool) error { return explain.WriteSubjects(w, s, color) }

// Explain says where an object that a render makes, or one of its fields, comes from. It answers for a render that fails
// or would leave objects to live, too. The error is a *Failure when the program is wrong or there is no such object.
func Explain(ctx context.Context, in Input, opts ExplainOptions) (*Explanation, error) {
	world, seconds, err := explorable(ctx, in, opts.Options)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, seconds.wallTime())
	defer cancel()
	answer, err := world.Ask(limited, explain.Question{Object: opts.Object, Field: opts.Field}, explain.Limits{Depth: opts.Depth})
	var list diag.List
	if errors.As(err, &list) {
		return nil, &Failure{Stage: StageUsage, Problems: list}
	}
	return answer, err
}

// Explainable lists every object that Explain can tell about.
func Explainable(ctx context.Context, in Input, opts Options) (Subjects, error) {
	world, _, err := explorable(ctx, in, opts)
	if err != nil {
		return nil, err
	}
	return world.Subjects(), nil
}

// explorable evaluates everything as a render would.
func explorable(ctx context.Context, in Input, opts Options) (*explain.World, Limits, error) {
	s, err := Load(in, opts)
	if err != nil {
		return nil, Limits{}, err
	}
	p, _, err := Compile(s)
	if err != nil {
		return nil, Limits{}, err
	}
	inputs, found := selectTriggers(s, p, opts)
	if err := failAt(StageProgram, found); err != nil {
		return nil, Limits{}, err
	}
	r := newRendering(s, p, opts)
	r.changed.kept = true
	limited, cancel := context.WithTimeout(ctx, s.Config.Limits.wallTime())
	defer cancel()
	if err := r.all(limited, inputs); err != nil {
		return nil, Limits{}, timedOut(ctx, err, s.Config.Limits.Seconds)
	}
	if len(r.instances) == 0 {
		if err := failAt(StageEvaluate, r.failed); err != nil {
			return nil, Limits{}, err
		}
	}
	return r.world(inputs), s.Config.Limits, nil
}

// world is what was evaluated. Instances that could not be evaluated are left out.
func (r *rendering) world(inputs []chosen) *explain.World {
	w := &explain.World{Program: r.program, Observed: r.observed, Output: &r.output}
	for i := range inputs {
		in := explain.Input{Object: inputs[i].input.Object, Node: inputs[i].input.node}
		if inputs[i].workflow != nil {
			in.Fate = string(inputs[i].fate)
		}
		w.Input = append(w.Input, in)
	}
	done := map[*instance]*explain.Instance{}
	for i, t := range r.instances {
		one := &explain.Instance{
			Trigger: eval.Trigger{Workflow: t.workflow, Object: r.seen(t)}, Options: r.evaluation(t), Plan: r.plans[i], Outer: done[t.outer],
		}
		if t.at != nil {
			one.Node = t.at.node
		}
		if t.outer != nil {
			one.Step = strings.TrimPrefix(t.object.From.Step, t.outer.String()+": ")
		}
		done[t] = one
		w.Instances = append(w.Instances, one)
	}
	return w
}
