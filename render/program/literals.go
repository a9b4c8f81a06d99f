// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

func (c *compiler) template(d *definition) {
	n := mapAt(d.spec, "template")
	d.template.Value, _ = n.Native().(map[string]any)
	c.directives(n)
}

const (
	directivePrefix = "x-koreo-"
	asSet           = directivePrefix + "compare-as-set"
	asMap           = directivePrefix + "compare-as-map"
	lastApplied     = directivePrefix + "compare-last-applied"
)

// directives checks the comparison directives in a literal, at every depth.
func (c *compiler) directives(n *source.Node) {
	if n == nil {
		return
	}
	for _, item := range n.Items {
		c.directives(item)
	}
	for i := range n.Pairs {
		p := &n.Pairs[i]
		if !strings.HasPrefix(p.Key, directivePrefix) {
			c.directives(p.Value)
			continue
		}
		switch p.Key {
		case asSet, lastApplied:
			c.nameList(p.Value, p.Key, "a list of the keys beside it")
		case asMap:
			c.nameMap(p)
		default:
			c.warn(n.KeyProblem(*p, diag.UnknownDirective, "%s is not a directive, and will be part of the object", p.Key),
				diag.DidYouMean(p.Key, []string{asSet, asMap, lastApplied}))
		}
	}
}

// nameList accepts a list of texts. What an expression yields is seen only when it is evaluated.
func (c *compiler) nameList(n *source.Node, key, expected string) {
	if n.Kind == source.String && strings.HasPrefix(n.Text(), "=") {
		return
	}
	if n.Kind != source.List {
		c.report(n.Problem(diag.BadDirective, "%s must be %s, not %s", key, expected, typeName(n)), "")
		return
	}
	for _, item := range n.Items {
		if item.Kind != source.String {
			c.report(item.Problem(diag.BadDirective, "%s lists names, and this is %s", key, typeName(item)), "")
		}
	}
}

func (c *compiler) nameMap(p *source.Pair) {
	switch n := p.Value; {
	case n.Kind == source.String && strings.HasPrefix(n.Text(), "="):
	case n.Kind != source.Map:
		c.report(n.Problem(diag.BadDirective, "%s must be a map from a key beside it to a list of field names, not %s", p.Key, typeName(n)),
			"write the key of the list, then the fields that identify an item, as in containers: [name]")
	default:
		for i := range n.Pairs {
			c.nameList(n.Pairs[i].Value, p.Key+"."+n.Pairs[i].Key, "a list of the fields that identify an item")
		}
	}
}

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
		c.warn(all.KeyProblem(*p, diag.UnknownAnnotation, "the annotation %s means nothing", p.Key), annotationHint(p.Key))
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

func annotationHint(key string) string {
	names := make([]string, len(ourAnnotations))
	for i := range names {
		names[i] = strings.TrimPrefix(ourAnnotations[i].name, ourDomain)
	}
	if near := diag.Suggest(strings.TrimPrefix(key, ourDomain), names); near != "" {
		return `did you mean "` + ourDomain + near + `"?`
	}
	return "known annotations: " + ourDomain + strings.Join(names, ", "+ourDomain)
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
