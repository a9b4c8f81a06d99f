// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// side is one folder of one revision, rendered.
type side struct {
	state    State
	failure  *render.Failure
	problems diag.List // warnings of a render that succeeded, everything of one that failed
	program  *render.Program
	left     change.Side
}

// render renders what was prepared. What is wrong with the input is part of the side; the error is that of ctx or of
// reading.
func (p *prepared) render(ctx context.Context, opts render.Options) (*side, error) {
	switch {
	case p.absent:
		return &side{state: Absent}, nil
	case p.failed != nil:
		return failedSide(p.failed), nil
	}
	if p.subject != nil && opts.Target == "" {
		opts.Target = p.subject.Target
	}
	sources, err := render.Load(p.input, opts)
	if failure := asFailure(err); failure != nil {
		return failedSide(failure), nil
	} else if err != nil {
		return nil, err
	}
	program, warnings, err := render.Compile(sources)
	if failure := asFailure(err); failure != nil {
		return failedSide(failure), nil
	} else if err != nil {
		return nil, err
	}
	if p.applied.Trigger != nil {
		if found := p.applied.Trigger(sources, program, opts); found.HasErrors() {
			return failedSide(&render.Failure{Stage: render.StageUsage, Problems: found.Sort()}), nil
		}
	}
	result, err := render.Evaluate(ctx, sources, program, opts)
	if failure := asFailure(err); failure != nil {
		s := failedSide(failure)
		s.program = program
		return s, nil
	} else if err != nil {
		return nil, err
	}
	s := &side{state: Rendered, program: program, problems: append(warnings, result.Warnings...).Sort()}
	s.left.Entries, s.left.Keys = change.Entries(result), change.KeysOf(program, sources.Kinds())
	for i := range sources.Objects {
		s.left.Secrets.Learn(sources.Objects[i].Object)
	}
	for i := range s.left.Entries {
		s.left.Secrets.Learn(s.left.Entries[i].Object())
	}
	return s, nil
}

func failedSide(f *render.Failure) *side {
	return &side{state: Failed, failure: f, problems: f.Problems}
}
