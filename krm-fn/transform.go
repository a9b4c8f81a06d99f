// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
)

// render renders, and puts the items together that go out.
func (f *function) render(ctx context.Context, in render.Input) error {
	l, err := f.load(in)
	if err != nil {
		return err
	}
	if f.settings.trigger && !l.triggers[f.config.name] {
		return f.unknownConfig(kindsOf(l.program))
	}
	result, err := render.Evaluate(ctx, l.sources, l.program, f.opts.Render)
	if err != nil {
		return err
	}
	f.found = append(result.Warnings, l.warnings...).Sort()
	f.noteNames(result)
	return f.emit(result, l.triggers)
}

// loaded is a program with what it runs for.
type loaded struct {
	sources  *render.Sources
	program  *render.Program
	triggers map[string]bool // by the names of documents
	warnings diag.List
}

// load reads and compiles. What an earlier run has left in a package is made anew, so it is no input, unless there is
// nothing that would make it.
func (f *function) load(in render.Input) (loaded, error) {
	all := in.Paths
	in.Paths = slices.DeleteFunc(slices.Clone(all), f.isGenerated)
	l, err := f.loadAll(in)
	if err != nil || len(l.triggers) > 0 || len(in.Paths) == len(all) {
		return l, err
	}
	in.Paths = all
	return f.loadAll(in)
}

func (f *function) loadAll(in render.Input) (l loaded, err error) {
	if l.sources, err = render.Load(in, f.opts.Render); err != nil {
		return l, err
	}
	if l.program, l.warnings, err = render.Compile(l.sources); err != nil {
		return l, err
	}
	l.triggers = f.triggersOf(l.sources, l.program)
	return l, nil
}

// triggersOf are the names of the documents that Workflows run for.
func (f *function) triggersOf(s *render.Sources, p *render.Program) map[string]bool {
	out := map[string]bool{}
	for _, i := range render.TriggersOf(s, p, f.opts.Render) {
		out[s.Objects[i].From.File] = true
	}
	return out
}

// kindsOf are the kinds that Workflows run for, sorted by the names of the Workflows.
func kindsOf(p *render.Program) []string {
	var out []string
	for _, name := range sorted(p.Workflows) {
		if ref := p.Workflows[name].CRDRef; ref != nil {
			out = append(out, ref.Kind)
		}
	}
	return out
}

// emit lists the items that go out: those that stay in their order, then what was rendered in its own.
func (f *function) emit(result *render.Result, triggers map[string]bool) error {
	passed := map[string]*manifest.Object{}
	var rendered []manifest.Object
	for i := range result.Objects {
		if o := &result.Objects[i]; o.From.Step == "" {
			passed[o.From.File] = o
		} else {
			rendered = append(rendered, *o)
		}
	}
	for _, d := range f.items {
		switch o := passed[d.name]; {
		case o == nil && !f.stays(d, triggers[d.name]): // a generated item, too
		case o == nil || o.Raw != nil:
			f.output = append(f.output, d.node)
		default:
			if err := d.change(o.Value); err != nil {
				return fmt.Errorf("write %s: %w", d, err)
			}
			f.output = append(f.output, d.node)
		}
	}
	nodes, err := nodesOf(rendered)
	if err == nil && f.packaged {
		f.place(nodes, rendered, f.lasting(passed, triggers))
	}
	f.output = append(f.output, nodes...)
	return err
}

// nodesOf are objects as YAML.
func nodesOf(objects []manifest.Object) ([]*yaml.Node, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	var stream bytes.Buffer
	if err := manifest.WriteYAML(&stream, objects); err != nil {
		return nil, err
	}
	out := make([]*yaml.Node, 0, len(objects))
	dec := yaml.NewDecoder(&stream)
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, err
		}
		out = append(out, contentOf(&doc))
	}
}
