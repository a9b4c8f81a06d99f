// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// render renders, and puts the items together that go out.
func (f *function) render(ctx context.Context, in render.Input) error {
	s, err := render.Load(in, f.opts.Render)
	if err != nil {
		return err
	}
	p, warnings, err := render.Compile(s)
	if err != nil {
		return err
	}
	triggers := f.triggersOf(s, p)
	if f.settings.trigger && !triggers[f.config.name] {
		return f.unknownConfig(kindsOf(p))
	}
	result, err := render.Evaluate(ctx, s, p, f.opts.Render)
	if err != nil {
		return err
	}
	f.found = append(result.Warnings, warnings...)
	f.noteNames(result)
	return f.emit(result, triggers)
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
		case o == nil && !f.stays(d, triggers[d.name]):
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
	f.output = append(f.output, nodes...)
	return err
}

// unread tells whether an item is none of the engine's business: it is for tools, or is the functionConfig again, which
// kustomize puts among the items of a generator, and kpt where it stands in the package.
func (f *function) unread(d *document) bool {
	return f.isConfig(d) || isRender(d) || d.local() && d.id.Name == ""
}

func (f *function) isConfig(d *document) bool { return f.config != nil && d.id == f.config.id }

func isRender(d *document) bool {
	return d.id.Kind == render.Kind && strings.HasPrefix(d.id.APIVersion, renderGroup)
}

// stays tells whether an item goes out that the engine has not given back.
func (f *function) stays(d *document, trigger bool) bool {
	switch {
	case f.isConfig(d):
		return d.annotation(functionAnnotation)+d.annotation(oldFunctionAnnotation) == "" && (!f.settings.trigger || d.local())
	case f.unread(d):
		return true
	default:
		return f.inPackage() && d.local() && (trigger || strings.HasPrefix(d.id.APIVersion, languageGroup))
	}
}

// inPackage tells whether the items are the files of a package, which are written back where they stand: kustomize names
// files, too, but they are of its own making.
func (f *function) inPackage() bool {
	paths := false
	for _, d := range f.items {
		if d.annotation(kustomizeID) != "" {
			return false
		}
		paths = paths || d.path() != ""
	}
	return paths
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
