// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

const ourDomain = "korender.dev/"

// annotation is one of ours on definitions: the kind that it is for, and the words that it takes.
type annotation struct {
	name, kind string
	words      []string
}

var ourAnnotations = []annotation{
	{ourDomain + "trigger", kindWorkflow, []string{"consume", "emit"}},
	{ourDomain + "apply", kindResourceFunction, []string{"live", "git"}},
}

// annotations checks those below korender.dev/.
func (c *compiler) annotations(d *definition) {
	all := d.root.At("metadata", "annotations")
	if all == nil || all.Kind != source.Map {
		return
	}
	for i := range all.Pairs {
		if p := &all.Pairs[i]; strings.HasPrefix(p.Key, ourDomain) {
			c.annotation(d, all, p)
		}
	}
}

func (c *compiler) annotation(d *definition, all *source.Node, p *source.Pair) {
	i := slices.IndexFunc(ourAnnotations, func(a annotation) bool { return a.name == p.Key })
	if i < 0 {
		names := make([]string, len(ourAnnotations))
		for i := range names {
			names[i] = ourAnnotations[i].name
		}
		hint := diag.DidYouMean(p.Key, names)
		if hint == "" {
			hint = "known annotations: " + strings.Join(names, ", ")
		}
		c.warn(all.KeyProblem(*p, diag.UnknownAnnotation, "the annotation %s means nothing", p.Key), hint)
		return
	}
	a := &ourAnnotations[i]
	switch value := p.Value.Text(); {
	case a.kind != d.kind:
		c.warn(all.KeyProblem(*p, diag.UnknownAnnotation, "the annotation %s means nothing on a %s", p.Key, d.kind), "it is for a "+a.kind)
	case !slices.Contains(a.words, value):
		hint := diag.DidYouMean(value, a.words)
		if hint == "" {
			hint = "allowed: " + strings.Join(a.words, ", ")
		}
		c.report(p.Value.Problem(diag.BadAnnotation, "the annotation %s cannot be %s", p.Key, shown(p.Value)), hint)
	}
}

// annotationOf is the text of one of our annotations.
func annotationOf(d *definition, key string) string {
	return d.root.At("metadata", "annotations", ourDomain+key).Text()
}

// shown is a value as a message quotes it.
func shown(n *source.Node) string {
	if n.Kind == source.String {
		return `"` + n.Text() + `"`
	}
	return typeName(n)
}

func (c *compiler) warn(d diag.Diagnostic, hint string) {
	d.Severity = diag.Warning
	c.report(d, hint)
}
