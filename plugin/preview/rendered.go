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

// loaded is a folder of one revision, read and compiled.
type loaded struct {
	*side    // what is known of it by now
	sources  *render.Sources
	opts     render.Options
	finished bool // it is absent, or failed: there is nothing to evaluate
}

// load reads and compiles what was prepared. What is wrong with the input is part of the side; the error is that of
// reading.
func (p *prepared) load(opts render.Options) (*loaded, error) {
	switch {
	case p.absent:
		return &loaded{side: &side{state: Absent}, finished: true}, nil
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
	return &loaded{side: &side{state: Same, program: program, problems: warnings}, sources: sources, opts: opts}, nil
}

// render evaluates what was loaded. The error is that of ctx.
func (l *loaded) render(ctx context.Context) (*side, error) {
	if l.finished {
		return l.side, nil
	}
	result, err := render.Evaluate(ctx, l.sources, l.program, l.opts)
	if failure := asFailure(err); failure != nil {
		s := failedSide(failure).side
		s.program = l.program
		return s, nil
	} else if err != nil {
		return nil, err
	}
	s := &side{state: Rendered, program: l.program, problems: append(l.problems, result.Warnings...).Sort()}
	s.left.Entries, s.left.Keys = change.Entries(result), change.KeysOf(l.program, l.sources.Kinds())
	for i := range l.sources.Objects {
		s.left.Secrets.Learn(l.sources.Objects[i].Object)
	}
	for i := range s.left.Entries {
		s.left.Secrets.Learn(s.left.Entries[i].Object())
	}
	return s, nil
}

func failedSide(f *render.Failure) *loaded {
	return &loaded{side: &side{state: Failed, failure: f, problems: f.Problems}, finished: true}
}

// rendered renders both sides, unless the change reaches nothing of them.
func rendered(ctx context.Context, old, young *prepared, opts Options) (before, after *side, err error) {
	b, err := old.load(opts.Render)
	if err != nil {
		return nil, nil, err
	}
	a, err := young.load(opts.Render)
	if err != nil {
		return nil, nil, err
	}
	if !opts.whole && !b.finished && !a.finished && old.target() == young.target() && render.Alike(b.sources, a.sources, b.program, a.program, b.opts) {
		return b.side, a.side, nil
	}
	if before, err = b.render(ctx); err == nil {
		after, err = a.render(ctx)
	}
	return before, after, err
}
