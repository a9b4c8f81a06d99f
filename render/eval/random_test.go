// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// This file draws random small programs. Every input, result and status has the same typed fields (num, txt, flag, seq, and
// sub with a num and a txt), and every expression is of the right type, so that no
// value of an unknown can make an evaluation fail: what then comes out differently is unsound.

// kindOf is a type of the drawn expressions.
type kindOf uint8

const (
	number kindOf = iota
	text
	truth
	listing
)

// sight is what an expression may read, by type.
type sight map[kindOf][]string

func (s sight) with(kind kindOf, paths ...string) { s[kind] = append(s[kind], paths...) }

// fieldsOf makes the typed fields below a path visible.
func (s sight) fieldsOf(path string) {
	s.with(number, path+".num", path+".sub.num")
	s.with(text, path+".txt", path+".sub.txt")
	s.with(truth, path+".flag")
	s.with(listing, path+".seq")
}

// trigger makes a trigger visible: its spec, and what only a cluster knows.
func (s sight) trigger() {
	s.fieldsOf("parent.spec")
	s.fieldsOf("parent.status")
	s.with(number, "parent.metadata.generation")
	s.with(text, "parent.metadata.uid", "parent.metadata.name", "parent.metadata.labels.team",
		`(has(parent.spec.opt) ? parent.spec.opt : "none")`, `(has(parent.status.opt) ? parent.status.opt : "none")`,
		`(has(parent.state.opt) ? parent.state.opt : "none")`)
	s.with(truth, "has(parent.status.opt)", `"team" in parent.metadata.labels`, `parent.metadata.labels == {"team": "blue"}`)
}

// results makes what a step came to visible; many says that it is one of a forEach.
func (s sight) results(label string, many bool) {
	path := "steps." + label
	if !many {
		s.fieldsOf(path)
		s.with(truth, "has("+path+".num)", `"txt" in `+path, path+` == {"num": 1}`)
		s.with(text, path+`.overlay({"txt": "laid"}).txt`)
		return
	}
	s.with(number, "size("+path+")", path+".reduce(a, x, 0, a + x.num)")
	s.with(truth, path+".exists(x, x.flag)", path+".all(x, x.num < 3)")
	s.with(listing, path+".map(x, x.txt)", path+`.filter(x, x.flag).map(x, x.sub.txt)`)
}

// live makes the object of a ResourceFunction visible.
func (s sight) live() {
	s.fieldsOf("resource.spec")
	s.fieldsOf("resource.status")
	s.with(number, "resource.metadata.generation", "size(resource.spec.items)", "resource.spec.items[1].num", "size(resource.spec.seq)")
	s.with(text, "resource.spec.renewTime", "resource.metadata.name", "resource.metadata.uid", "resource.metadata.labels.app", "resource.spec.extra",
		"resource.metadata.labels.extra", "resource.spec.items[0].name", "resource.self_ref().name",
		`(has(resource.status.opt) ? resource.status.opt : "none")`, `resource.overlay({"spec": {"txt": "laid"}}).spec.txt`)
	s.with(truth, "config_connect_ready(resource)", `resource.spec.renewTime == "git"`, "has(resource.spec.renewTime)", "has(resource.status.opt)", "has(resource.spec.num)", "has(resource.spec.opt)",
		`resource.spec.items.exists(i, i.name == "p")`, `resource.spec.items.exists(i, i.name == "z")`,
		`resource.spec.items.all(i, i.num < 3)`, `resource.status.conditions.exists(c, c.type == "Ready" && c.status == "True")`,
		`"app" in resource.metadata.labels`, `resource.metadata.labels == {"app": "a"}`, `resource.spec.sub == {"num": 1, "txt": "a"}`)
	s.with(listing, "resource.spec.items.map(i, i.name)", `resource.status.conditions.map(c, c.type)`)
}

// drawing is a program on its way.
type drawing struct {
	*rand.Rand
	out   strings.Builder // definitions
	count int             // of functions
}

func (d *drawing) chance(percent int) bool { return d.IntN(100) < percent }

func one[T any](d *drawing, of ...T) T { return of[d.IntN(len(of))] }

// expression draws an expression of a type.
func (d *drawing) expression(s sight, kind kindOf, depth int) string {
	if paths := s[kind]; len(paths) > 0 && (depth <= 0 || d.chance(40)) {
		return one(d, paths...)
	}
	if depth <= 0 || d.chance(20) {
		return d.literal(kind)
	}
	sub := func(k kindOf) string { return d.expression(s, k, depth-1) }
	if d.chance(20) {
		return fmt.Sprintf("(%s ? %s : %s)", sub(truth), sub(kind), sub(kind))
	}
	switch kind {
	case number:
		return one(d,
			func() string { return fmt.Sprintf("(%s + %s)", sub(number), sub(number)) },
			func() string { return fmt.Sprintf("(%s - %s)", sub(number), sub(number)) },
			func() string { return fmt.Sprintf("size(%s)", sub(listing)) },
			func() string { return fmt.Sprintf("[%s, %s][%d]", sub(number), sub(number), d.IntN(2)) },
			func() string { return fmt.Sprintf(`{"a": %s, "b": %s}.%s`, sub(number), sub(text), "a") },
			func() string { return fmt.Sprintf("%s.reduce(a, x, 0, a + size(x))", sub(listing)) },
		)()
	case text:
		return one(d,
			func() string { return fmt.Sprintf("(%s + %s)", sub(text), sub(text)) },
			func() string { return fmt.Sprintf("%s.lower()", sub(text)) },
			func() string { return fmt.Sprintf("string(%s)", sub(number)) },
			func() string { return fmt.Sprintf(`%s.join("-")`, sub(listing)) },
			func() string { return fmt.Sprintf(`(%s + ["end"])[0]`, sub(listing)) },
			func() string { return fmt.Sprintf(`{"a": %s, "b": %s}["b"]`, sub(truth), sub(text)) },
			func() string { return fmt.Sprintf(`to_json({"k": %s})`, sub(number)) },
		)()
	case truth:
		return one(d,
			func() string { return fmt.Sprintf("(%s && %s)", sub(truth), sub(truth)) },
			func() string { return fmt.Sprintf("(%s || %s)", sub(truth), sub(truth)) },
			func() string { return fmt.Sprintf("!(%s)", sub(truth)) },
			func() string { return fmt.Sprintf("(%s == %s)", sub(number), sub(number)) },
			func() string { return fmt.Sprintf("(%s != %s)", sub(text), sub(text)) },
			func() string { return fmt.Sprintf("(%s < %s)", sub(number), sub(number)) },
			func() string { return fmt.Sprintf("(%s in %s)", sub(text), sub(listing)) },
			func() string { return fmt.Sprintf("(%s == %s)", sub(listing), sub(listing)) },
			func() string {
				return fmt.Sprintf(`({"a": %s, "b": %s} == {"a": %s, "b": %s})`, sub(number), sub(text), sub(number), sub(text))
			},
			func() string { return fmt.Sprintf("%s.exists(x, x == %s)", sub(listing), sub(text)) },
			func() string { return fmt.Sprintf("%s.all(x, size(x) > %s)", sub(listing), sub(number)) },
		)()
	default:
		return one(d,
			func() string { return fmt.Sprintf("[%s, %s]", sub(text), sub(text)) },
			func() string { return fmt.Sprintf("(%s + %s)", sub(listing), sub(listing)) },
			func() string { return fmt.Sprintf(`%s.map(x, x + %s)`, sub(listing), sub(text)) },
			func() string { return fmt.Sprintf(`%s.filter(x, %s)`, sub(listing), sub(truth)) },
			func() string { return fmt.Sprintf(`[%s, %s].flatten()`, sub(listing), sub(listing)) },
		)()
	}
}

func (d *drawing) literal(kind kindOf) string {
	switch kind {
	case number:
		return one(d, "0", "1", "2", "7")
	case text:
		return one(d, `""`, `"a"`, `"b"`, `"p"`)
	case truth:
		return one(d, "true", "false")
	default:
		return one(d, "[]", `["a"]`, `["a", "b"]`)
	}
}

// quoted is an expression as a YAML scalar.
func quoted(expression string) string { return "'=" + expression + "'" }

func (d *drawing) quoted(s sight, kind kindOf) string {
	return quoted(d.expression(s, kind, d.IntN(3)))
}

// fields draws the typed fields, as a YAML flow map without its braces.
func (d *drawing) fields(s sight) string {
	return fmt.Sprintf("num: %s, txt: %s, flag: %s, seq: %s, sub: {num: %s, txt: %s}",
		d.quoted(s, number), d.quoted(s, text), d.quoted(s, truth), d.quoted(s, listing), d.quoted(s, number), d.quoted(s, text))
}

// inside is what a function sees of its inputs.
func inside(item bool) sight {
	s := sight{}
	s.fieldsOf("inputs")
	if item {
		s.with(text, "inputs.item")
	}
	return s
}

func (d *drawing) name() string {
	d.count++
	return fmt.Sprintf("f%d", d.count)
}

// conditions draws a list of conditions; consequences are those that it may have.
func (d *drawing) conditions(s sight, field string, consequences ...string) string {
	var items []string
	for d.chance(25) && len(items) < 2 {
		items = append(items, fmt.Sprintf("{assert: %s, %s}", d.quoted(s, truth), one(d, consequences...)))
	}
	if items == nil {
		return ""
	}
	return "  " + field + ": [" + strings.Join(items, ", ") + "]\n"
}

var (
	failing = []string{"permFail: {message: broken}", "retry: {message: wait, delay: 3}"}
	passing = []string{"skip: {message: not here}", "depSkip: {message: not now}", "ok: {}"}
)

// valueFunction draws a ValueFunction and gives its name. A calm one has no conditions.
func (d *drawing) valueFunction(item, calm bool) string {
	name, s := d.name(), inside(item)
	fmt.Fprintf(&d.out, "---\napiVersion: koreo.dev/v1beta1\nkind: ValueFunction\nmetadata: {name: %s}\nspec:\n", name)
	if !calm {
		early := "defaultReturn: {" + d.fields(s) + "}"
		d.out.WriteString(d.conditions(s, "preconditions", append(append([]string{early}, failing...), passing...)...))
	}
	d.locals(s)
	fmt.Fprintf(&d.out, "  return: {%s}\n", d.fields(s))
	return name
}

func (d *drawing) locals(s sight) {
	if d.chance(40) {
		fmt.Fprintf(&d.out, "  locals: {k: %s, t: %s}\n", d.quoted(s, number), d.quoted(s, text))
		s.with(number, "locals.k")
		s.with(text, "locals.t")
	}
}

// resourceFunction draws a ResourceFunction and gives its name. Its object is called after the step, and, of a forEach,
// after the item.
func (d *drawing) resourceFunction(label string, item, calm bool) string {
	name, s := d.name(), inside(item)
	head := fmt.Sprintf("---\napiVersion: koreo.dev/v1beta1\nkind: ResourceFunction\nmetadata: {name: %s}\nspec:\n", name)
	overlay := ""
	if d.chance(20) {
		overlay = d.overlayFunction(calm)
	}
	d.out.WriteString(head)
	if !calm {
		d.out.WriteString(d.conditions(s, "preconditions", append(append([]string{}, failing...), passing...)...))
	}
	d.locals(s)
	object := fmt.Sprintf("%q", label)
	switch {
	case item:
		object += " + inputs.item"
	case d.chance(15):
		object += ` + "-" + ` + d.expression(s, text, 1)
	}
	readonly := ""
	if !item && d.chance(12) {
		object, readonly = one(d, `"given"`, `"outside"`, `"one"`), ", readonly: true"
	}
	lease := d.chance(20) // a server writes its renewTime anew, so that it always differs from what is wanted
	kind := "example.com/v1, kind: Thing"
	if lease {
		kind = "coordination.k8s.io/v1, kind: Lease"
	}
	fmt.Fprintf(&d.out, "  apiConfig: {apiVersion: %s, name: %s, namespace: prod%s}\n", kind, quoted(object), readonly)
	fmt.Fprintf(&d.out, "  resource: {metadata: {labels: {app: %s}}, spec: {renewTime: git, %s, x-koreo-compare-as-map: {items: [name]}, items: [{name: p, num: %s}, {name: q, num: %s}]}}\n",
		d.quoted(s, text), d.fields(s), d.quoted(s, number), d.quoted(s, number))
	d.overlays(s, overlay)
	if (lease || d.chance(8)) && readonly == "" {
		d.out.WriteString("  update: {never: {}}\n")
	}
	s.live()
	conditions := append([]string{}, failing...)
	if !calm {
		conditions = append(conditions, passing...)
	}
	d.out.WriteString(d.conditions(s, "postconditions", conditions...))
	fmt.Fprintf(&d.out, "  return: {%s}\n", d.fields(s))
	return name
}

// overlays draws what is laid over the object.
func (d *drawing) overlays(s sight, function string) {
	var items []string
	skip := func() string {
		if d.chance(50) {
			return "skipIf: " + d.quoted(s, truth) + ", "
		}
		return ""
	}
	if function != "" {
		items = append(items, fmt.Sprintf("{%soverlayRef: {kind: ValueFunction, name: %s}, inputs: {%s}}", skip(), function, d.fields(s)))
	}
	if d.chance(25) {
		items = append(items, fmt.Sprintf("{%soverlay: {spec: {num: %s, txt: %s}}}", skip(),
			quoted("resource.spec.num + 1"), d.quoted(s, text)))
	}
	if items != nil {
		d.out.WriteString("  overlays: [" + strings.Join(items, ", ") + "]\n")
	}
}

// overlayFunction draws a ValueFunction that is laid over an object.
func (d *drawing) overlayFunction(calm bool) string {
	name, s := d.name(), inside(false)
	fmt.Fprintf(&d.out, "---\napiVersion: koreo.dev/v1beta1\nkind: ValueFunction\nmetadata: {name: %s}\nspec:\n", name)
	if !calm {
		d.out.WriteString(d.conditions(s, "preconditions", passing[0], passing[2], failing[0]))
	}
	fmt.Fprintf(&d.out, "  return: {spec: {flag: %s, sub: {txt: %s}}}\n", d.quoted(s, truth), quoted(`resource.spec.sub.txt + "-over"`))
	return name
}

// workflow draws a Workflow that is called by a step. Its state has the typed fields.
func (d *drawing) workflow(label string) string {
	first := d.resourceFunction(label+"-inner", false, false)
	last, name := d.valueFunction(false, true), d.name()
	s := sight{}
	s.fieldsOf("parent")
	fmt.Fprintf(&d.out, "---\napiVersion: koreo.dev/v1beta1\nkind: Workflow\nmetadata: {name: %s}\nspec:\n  steps:\n", name)
	fmt.Fprintf(&d.out, "    - {label: fst, ref: {kind: ResourceFunction, name: %s}, inputs: {%s}}\n", first, d.fields(s))
	if d.chance(70) {
		s.results("fst", false)
	}
	fmt.Fprintf(&d.out, "    - {label: lst, ref: {kind: ValueFunction, name: %s}, inputs: {%s}, "+
		"state: {num: =value.num, txt: =value.txt, flag: =value.flag, seq: =value.seq, sub: =value.sub}}\n", last, d.fields(s))
	return name
}

// program draws a whole program.
func (d *drawing) program() string {
	var steps strings.Builder
	s := sight{}
	s.trigger()
	for _, label := range []string{"one", "two", "three", "four", "five"}[:2+d.IntN(4)] {
		many := d.step(&steps, label, s)
		s.results(label, many)
	}
	return "apiVersion: koreo.dev/v1beta1\nkind: Workflow\nmetadata: {name: main}\nspec:\n" +
		"  crdRef: {apiGroup: example.com, version: v1, kind: App}\n  steps:\n" + steps.String() + d.out.String()
}

// step draws a step, and tells whether it is a forEach.
func (d *drawing) step(out *strings.Builder, label string, s sight) (many bool) {
	many = d.chance(20)
	if d.chance(40) {
		s = sight{number: {"parent.spec.num"}, text: {"parent.spec.txt", "parent.metadata.name"}, truth: {"parent.spec.flag"}}
	}
	logic := ""
	switch pick := d.IntN(10); {
	case pick < 6:
		logic = "kind: ResourceFunction, name: " + d.resourceFunction(label, many, many)
	case pick < 9 || many:
		logic = "kind: ValueFunction, name: " + d.valueFunction(many, many)
	default:
		logic = "kind: Workflow, name: " + d.workflow(label)
	}
	fmt.Fprintf(out, "    - label: %s\n", label)
	if !many && d.chance(15) {
		fmt.Fprintf(out, "      refSwitch: {switchOn: %s, cases: [{case: a, %s}, {case: b, default: true, kind: ValueFunction, name: %s}]}\n",
			quoted(`(`+d.expression(s, truth, 1)+`) ? "a" : "other"`), logic, d.valueFunction(false, true))
	} else {
		fmt.Fprintf(out, "      ref: {%s}\n", logic)
	}
	if d.chance(20) {
		fmt.Fprintf(out, "      skipIf: %s\n", d.quoted(s, truth))
	}
	if many {
		fmt.Fprintf(out, "      forEach: {inputKey: item, itemIn: %s}\n", d.items(s))
	}
	fmt.Fprintf(out, "      inputs: {%s}\n", d.fields(s))
	if !many {
		out.WriteString("      state: {" + label + ": =value.num, last: =value.txt}\n")
	}
	return many
}

// items draws what a step is repeated over: texts that differ, whatever is unknown.
func (d *drawing) items(s sight) string {
	if d.chance(30) {
		return quoted(fmt.Sprintf(`%s ? ["-a", "-b"] : ["-c"]`, d.expression(s, truth, 1)))
	}
	return one(d, quoted(`["-a", "-b"]`), quoted(`["-a"]`), quoted(`["-a-" + `+d.expression(s, text, 1)+`, "-b"]`))
}
