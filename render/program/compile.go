// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// compiler collects the definitions, then builds them one by one, then looks at how they fit together.
type compiler struct {
	checker
	env    *expr.Env
	defs   map[name]*definition
	order  []*definition // in the order of the documents
	broken bool          // some expression of the definition at hand did not compile
}

// name identifies a definition.
type name struct{ kind, name string }

func (n name) String() string { return n.kind + " " + `"` + n.name + `"` }

// definition is a document on its way to what exactly one of the pointers names.
type definition struct {
	name
	root, spec *source.Node
	workflow   *Workflow
	value      *ValueFunction
	resource   *ResourceFunction
	template   *ResourceTemplate
	test       *FunctionTest
	reads      reads
	used       bool
}

// Compile turns koreo.dev documents into a Program. A definition of an earlier layer replaces one of the same kind and
// name in a later layer, which is not looked at any further; twice in one layer is an error. Documents of other API groups are passed over. The list is sorted and holds warnings of a
// good Program too; Program is nil if and only if the list holds an error.
func Compile(docs []*source.Document, env *expr.Env) (*Program, diag.List) {
	c := &compiler{env: env, defs: make(map[name]*definition, len(docs))}
	byLayer := func(a, b *source.Document) int { return cmp.Compare(a.Layer, b.Layer) }
	if !slices.IsSortedFunc(docs, byLayer) {
		docs = slices.Clone(docs)
		slices.SortStableFunc(docs, byLayer)
	}
	for _, doc := range docs {
		c.add(doc)
	}
	for _, d := range c.order {
		c.build(d)
	}
	c.checkTogether()
	found := c.problems.Sort()
	if found.HasErrors() {
		return nil, found
	}
	return c.program(), found
}

// add holds a document against the shape of its kind and registers the definition.
func (c *compiler) add(doc *source.Document) {
	root := doc.Root
	version := root.Get("apiVersion").Text()
	if version != group && !strings.HasPrefix(version, group+"/") {
		return
	}
	if version != apiVersion {
		c.report(root.Get("apiVersion").Problem(diag.UnsupportedVersion, "there is no API version %q", version), "write "+apiVersion)
		return
	}
	kind := root.Get("kind")
	shape, known := documents[kind.Text()]
	if !known {
		c.unknownKind(root, kind)
		return
	}
	d := &definition{name: name{kind.Text(), ""}, root: root, spec: get(root, "spec")}
	if label := root.At("metadata", "name"); strings.HasPrefix(label.Text(), "=") {
		c.value(root, root.Pos(), shape)
		return
	} else if d.name.name = label.Text(); c.overridden(d) {
		return
	}
	c.value(root, root.Pos(), shape)
	c.annotations(d)
	c.problems = append(c.problems, source.Doubts([]*source.Document{doc})...)
	if d.name.name != "" {
		c.register(d)
	}
}

func (c *compiler) unknownKind(root, kind *source.Node) {
	known := slices.Sorted(maps.Keys(documents))
	switch {
	case kind.Text() == "":
		c.report(root.Document().Problem(root.Pos(), diag.UnknownKind, "the definition has no kind"), "kinds: "+strings.Join(known, ", "))
	default:
		hint := diag.DidYouMean(kind.Text(), known)
		if hint == "" {
			hint = "kinds: " + strings.Join(known, ", ")
		}
		c.report(kind.Problem(diag.UnknownKind, "there is no kind %q in %s", kind.Text(), apiVersion), hint)
	}
}

// overridden tells whether an earlier layer defines the same.
func (c *compiler) overridden(d *definition) bool {
	first := c.defs[d.name]
	return first != nil && first.layer() < d.layer()
}

func (d *definition) layer() int { return d.root.Document().Layer }

// at is where the name of the definition stands.
func (d *definition) at() diag.Pos { return d.root.At("metadata", "name").Pos() }

func (c *compiler) register(d *definition) {
	first := c.defs[d.name]
	if first != nil {
		c.report(d.root.At("metadata", "name").Problem(diag.DuplicateDefinition, "%s is defined twice", d.name),
			"the other definition stands at "+first.at().String()+"; rename or remove one of them")
		return
	}
	d.open()
	c.defs[d.name] = d
	c.order = append(c.order, d)
}

// open makes the empty definition, so that others can refer to it.
func (d *definition) open() {
	switch d.kind {
	case kindWorkflow:
		d.workflow = &Workflow{Name: d.name.name, Node: d.root}
	case kindValueFunction:
		d.value = &ValueFunction{Name: d.name.name, Node: d.root}
	case kindResourceFunction:
		d.resource = &ResourceFunction{Name: d.name.name, Node: d.root}
	case kindResourceTemplate:
		d.template = &ResourceTemplate{Name: d.name.name, Node: d.root}
	case kindFunctionTest:
		d.test = &FunctionTest{Name: d.name.name, Node: d.root}
	}
}

// build fills in a definition. What is not of the right shape has been reported and is left out.
func (c *compiler) build(d *definition) {
	c.broken = false
	switch {
	case d.workflow != nil:
		c.workflow(d)
	case d.value != nil:
		c.valueFunction(d)
	case d.resource != nil:
		c.resourceFunction(d)
	case d.template != nil:
		c.template(d)
	case d.test != nil:
		c.functionTest(d)
	}
	d.reads.unsure = c.broken
}

// program gathers the definitions.
func (c *compiler) program() *Program {
	p := &Program{
		Env: c.env, Workflows: map[string]*Workflow{}, ValueFunctions: map[string]*ValueFunction{},
		ResourceFunctions: map[string]*ResourceFunction{}, Templates: map[string]*ResourceTemplate{},
	}
	for _, d := range c.order {
		switch n := d.name.name; {
		case d.workflow != nil:
			p.Workflows[n] = d.workflow
		case d.value != nil:
			p.ValueFunctions[n] = d.value
		case d.resource != nil:
			p.ResourceFunctions[n] = d.resource
		case d.template != nil:
			p.Templates[n] = d.template
		case d.test != nil:
			p.Tests = append(p.Tests, d.test)
		}
	}
	slices.SortStableFunc(p.Tests, func(a, b *FunctionTest) int { return a.Node.Pos().Compare(b.Node.Pos()) })
	return p
}

// checkTogether looks at how the definitions fit together.
func (c *compiler) checkTogether() {
	c.cycles()
	c.sameTrigger()
	for _, d := range c.order {
		switch {
		case d.workflow != nil:
			for _, s := range d.workflow.Steps {
				c.stepInputs(s)
			}
		case d.resource != nil:
			c.overlayInputs(d.resource)
		}
		c.unused(d)
	}
}

// sameTrigger refuses a second Workflow for one kind of trigger.
func (c *compiler) sameTrigger() {
	first := map[GVK]*Workflow{}
	for _, d := range c.order {
		if d.workflow == nil || d.workflow.CRDRef == nil {
			continue
		}
		w := d.workflow
		if other := first[*w.CRDRef]; other != nil {
			c.report(w.Node.At("spec", "crdRef").Problem(diag.SameTrigger, "Workflow %q and Workflow %q are both for %s of %s/%s",
				other.Name, w.Name, w.CRDRef.Kind, w.CRDRef.Group, w.CRDRef.Version),
				"the other one stands at "+other.Node.At("spec", "crdRef").Pos().String()+"; only one can be chosen by kind")
			continue
		}
		first[*w.CRDRef] = w
	}
}

// unused warns of a function of the input itself, not of a library, that nothing refers to.
func (c *compiler) unused(d *definition) {
	if d.used || d.layer() > 0 || d.value == nil && d.resource == nil {
		return
	}
	c.warn(d.root.At("metadata", "name").Problem(diag.UnusedDefinition, "no Workflow, overlay or test uses %s", d.name), "")
}

// Triggered lists the Workflows that run for a kind of trigger, by name.
func (p *Program) Triggered(g GVK) []*Workflow {
	var out []*Workflow
	for _, w := range p.Workflows {
		if w.CRDRef != nil && *w.CRDRef == g {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b *Workflow) int { return strings.Compare(a.Name, b.Name) })
	return out
}
