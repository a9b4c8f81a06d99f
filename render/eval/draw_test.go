// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// draw draws programs.
type draw struct {
	*rand.Rand
	out       strings.Builder
	functions []string // Kind/name
	count     int
}

func (d *draw) often() bool { return d.IntN(2) == 0 }

func (d *draw) seldom() bool { return d.IntN(6) == 0 }

func pick[T any](d *draw, list []T) T { return list[d.IntN(len(list))] }

// scope is what an expression may read: ways to texts, to maps of x and z, to lists of such maps, and to anything.
type scope struct{ texts, maps, lists, any []string }

func (s scope) and(more scope) scope {
	return scope{
		slices.Concat(s.texts, more.texts), slices.Concat(s.maps, more.maps),
		slices.Concat(s.lists, more.lists), slices.Concat(s.any, more.any),
	}
}

// under is what every function gets, and returns: a, b and l, and anything as o.
func under(v string) scope {
	return scope{
		[]string{v + ".a", v + ".b.x", v + ".b.z", v + ".l[0].x"}, []string{v + ".b", v + ".l[0]"}, []string{v + ".l"},
		[]string{v, v + ".o", v + ".o.metadata", v + ".o.status", v + ".o.metadata.uid", v + ".o.a", v + ".o.b.x", v + ".b.missing"},
	}
}

var parentScope = scope{
	[]string{"parent.metadata.name", "parent.spec.a", "parent.spec.b.x", "parent.metadata.uid", "parent.status.a", "parent.state.a"},
	[]string{"parent.spec.b", "parent.status.b"},
	[]string{"parent.spec.l", "parent.status.l"},
	[]string{"parent", "parent.metadata", "parent.spec", "parent.spec.missing", "parent.metadata.labels"},
}

var gitScope = scope{
	[]string{"parent.metadata.name", "parent.spec.a", "parent.spec.b.x"}, []string{"parent.spec.b"}, []string{"parent.spec.l"},
	[]string{"parent", "parent.metadata", "parent.spec"},
}

// resourceScope is the live object in postconditions and return.
var resourceScope = scope{
	[]string{
		"resource.metadata.name", "resource.metadata.namespace", "resource.kind", "resource.spec.a", "resource.spec.fixed",
		"resource.status.a", "resource.metadata.uid", "resource.self_ref().name", "resource.binaryData.k", "resource.binaryData.n",
	},
	[]string{"resource.spec.b", "resource.status.b"}, []string{"resource.spec.l", "resource.status.l"},
	[]string{"resource", "resource.metadata", "resource.spec", "resource.spec.missing", "resource.self_ref()"},
}

// builtScope is the object so far, in overlays.
var builtScope = scope{
	[]string{"resource.metadata.name", "resource.spec.a", "resource.spec.fixed"}, []string{"resource.spec.b"},
	[]string{"resource.spec.l"}, []string{"resource", "resource.metadata", "resource.spec.missing"},
}

func (d *draw) text(s scope, depth int) string {
	if depth <= 0 || d.IntN(3) > 0 {
		if d.seldom() || len(s.texts) == 0 {
			return pick(d, []string{"'k'", "''", "'z9'"})
		}
		return pick(d, s.texts)
	}
	depth--
	switch d.IntN(13) {
	case 0:
		return d.text(s, depth) + " + '-' + " + d.text(s, depth)
	case 1:
		return "(" + d.truth(s, depth) + " ? " + d.text(s, depth) + " : " + d.text(s, depth) + ")"
	case 2:
		return "string(size(" + d.list(s, depth) + "))"
	case 3:
		return d.mapping(s, depth) + pick(d, []string{".x", "['z']"})
	case 4:
		return d.list(s, depth) + ".map(i, i.x + " + d.text(s, depth) + ")[0]"
	case 5:
		return "to_json(" + d.anything(s, depth) + ")"
	case 6:
		return d.list(s, depth) + ".reduce(acc, i, '', acc + i.z)"
	case 7:
		path := d.anything(s, 0)
		return "(has(" + path + ") ? to_json(" + path + ") : 'none')"
	case 8:
		return "string(size(" + d.anything(s, depth) + "))"
	case 9:
		return d.mapping(s, depth) + ".overlay(" + d.mapping(s, depth) + ").x"
	case 10:
		return "{" + d.text(s, depth) + ": 'v', 'w': " + d.text(s, depth) + "}['w']"
	case 11:
		return "{'name': " + d.text(s, depth) + ", 'kind': 'K', 'o': " + d.text(s, depth) + "}.to_ref().name"
	default:
		return d.text(s, depth) + ".toUpper()"
	}
}

func (d *draw) mapping(s scope, depth int) string {
	if depth <= 0 || d.IntN(3) > 0 {
		if d.seldom() || len(s.maps) == 0 {
			return "{'x': " + d.text(s, depth-1) + ", 'z': " + d.text(s, depth-1) + "}"
		}
		return pick(d, s.maps)
	}
	depth--
	switch d.IntN(5) {
	case 0:
		return "{'x': " + d.text(s, depth) + ", 'z': " + d.text(s, depth) + "}"
	case 1:
		return "(" + d.truth(s, depth) + " ? " + d.mapping(s, depth) + " : " + d.mapping(s, depth) + ")"
	case 2:
		return d.mapping(s, depth) + ".overlay({'z': " + d.text(s, depth) + "})"
	case 3:
		return d.list(s, depth) + "[size(" + d.mapping(s, depth) + ") - 2]"
	default:
		return "[" + d.mapping(s, depth) + "].filter(i, " + d.truth(s, depth) + " || true)[0]"
	}
}

func (d *draw) list(s scope, depth int) string {
	if depth <= 0 || d.IntN(3) > 0 {
		if d.seldom() || len(s.lists) == 0 {
			return "[" + d.mapping(s, depth-1) + "]"
		}
		return pick(d, s.lists)
	}
	depth--
	switch d.IntN(6) {
	case 0:
		return "[" + d.mapping(s, depth) + ", " + d.mapping(s, depth) + "]"
	case 1:
		return "(" + d.list(s, depth) + " + " + d.list(s, depth) + ")"
	case 2:
		return d.list(s, depth) + ".filter(i, i.x == " + d.text(s, depth) + " || true)"
	case 3:
		return d.list(s, depth) + ".map(i, {'x': i.z, 'z': " + d.text(s, depth) + "})"
	case 4:
		return "[" + d.list(s, depth) + ", " + d.list(s, depth) + "].flatten()"
	default:
		return "{'p': " + d.mapping(s, depth) + "}.values()"
	}
}

func (d *draw) truth(s scope, depth int) string {
	depth--
	switch d.IntN(9) {
	case 0, 1:
		return d.text(s, depth) + " == " + d.text(s, depth)
	case 2:
		return "has(" + d.anything(s, 0) + ")"
	case 3:
		return "has(" + d.text(s, depth) + ")"
	case 4:
		return d.list(s, depth) + ".exists(i, i.x == " + d.text(s, depth) + ")"
	case 5:
		return "'x' in " + d.mapping(s, depth)
	case 6:
		return "(" + d.truth(s, max(depth, 0)) + pick(d, []string{" && ", " || "}) + "true)"
	case 7:
		return "size(" + d.mapping(s, depth) + ") == 2"
	default:
		return d.text(s, depth) + " != 'never'"
	}
}

// anything is a way to whatever there may be.
func (d *draw) anything(s scope, depth int) string {
	all := slices.Concat(s.any, s.texts, s.maps, s.lists)
	if depth > 0 && d.seldom() {
		return "[" + d.anything(s, depth-1) + "]"
	}
	if len(all) == 0 {
		return "{}"
	}
	return pick(d, all)
}

func leaf(expression string) string {
	quoted, _ := json.Marshal("=" + expression)
	return string(quoted)
}

func (d *draw) add(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

// fields are a, b, l and o, written as YAML in flow style, structure inside or outside of the expressions.
func (d *draw) fields(s scope) string {
	b := leaf(d.mapping(s, 2))
	if d.often() {
		b = "{x: " + leaf(d.text(s, 2)) + ", z: " + leaf(d.text(s, 2)) + "}"
	}
	return "{a: " + leaf(d.text(s, 2)) + ", b: " + b + ", l: " + leaf(d.list(s, 2)) + ", o: " + leaf(d.anything(s, 1)) + "}"
}

// conditions is a list of conditions that mostly hold where they are known.
func (d *draw) conditions(name string, s scope) {
	if d.IntN(3) > 0 {
		return
	}
	d.add("  %s:\n", name)
	for range 1 + d.IntN(2) {
		d.add("    - {assert: %s, %s}\n", leaf(d.truth(s, 2)+pick(d, []string{"", " || true"})), pick(d, []string{"skip: {message: s}", "ok: {}"}))
	}
}

func (d *draw) head(kind, name string) {
	d.add("---\napiVersion: koreo.dev/v1beta1\nkind: %s\n", kind)
	if kind == "ResourceFunction" && d.IntN(12) == 0 {
		d.add("metadata: {name: %s, annotations: {korender.dev/apply: live}}\nspec:\n", name)
		return
	}
	d.add("metadata: {name: %s}\nspec:\n", name)
}

func (d *draw) next(prefix string) string {
	d.count++
	return prefix + strconv.Itoa(d.count)
}

func (d *draw) value() {
	name := d.next("value")
	d.head("ValueFunction", name)
	s := under("inputs")
	if !d.seldom() {
		d.conditions("preconditions", s)
	} else {
		d.add("  preconditions:\n    - {assert: %s, defaultReturn: %s}\n", leaf(d.truth(s, 2)), d.fields(s))
	}
	if d.often() {
		d.add("  locals: %s\n", d.fields(s))
		s = s.and(under("locals"))
	}
	d.add("  return: %s\n", d.fields(s))
	d.functions = append(d.functions, "ValueFunction/"+name)
}

func (d *draw) resource() {
	name := d.next("resource")
	d.head("ResourceFunction", name)
	s := under("inputs")
	d.conditions("preconditions", s)
	if d.often() {
		d.add("  locals: %s\n", d.fields(s))
		s = s.and(under("locals"))
	}
	id := strconv.Quote(name)
	if d.seldom() {
		id = leaf("'n-' + " + d.text(s, 1))
	}
	kind := pick(d, []string{"example.com/v1, kind: Thing", "example.com/v1, kind: Other", "v1, kind: ConfigMap"})
	d.add("  apiConfig: {apiVersion: %s, name: %s, namespace: ns%s}\n", kind, id,
		pick(d, []string{"", "", "", "", "", ", readonly: true", ", deleteIfExists: true"}))
	spec := "{fixed: text, n: 5, m: {t: 'on'}}"
	if d.IntN(4) > 0 {
		spec = d.fields(s)
	}
	if d.seldom() {
		d.add("  resourceTemplateRef: {name: %s}\n", pick(d, []string{"basis", leaf("size(" + d.mapping(s, 1) + ") == 2 ? 'basis' : 'basis'")}))
	} else {
		d.add("  resource: {spec: %s, binaryData: {k: text, n: '5'}%s}\n", spec, pick(d, []string{"", ", metadata: {labels: {app: web}}"}))
	}
	d.overlays(s)
	if d.seldom() {
		d.add("  create: %s\n", pick(d, []string{"{enabled: false}", "{overlay: {spec: " + d.fields(s.and(builtScope)) + "}}"}))
	}
	if d.seldom() {
		d.add("  update: %s\n", pick(d, []string{"{never: {}}", "{recreate: {}}"}))
	}
	d.conditions("postconditions", s.and(resourceScope))
	if d.IntN(5) > 0 {
		d.add("  return: %s\n", d.fields(s.and(resourceScope)))
	}
	d.functions = append(d.functions, "ResourceFunction/"+name)
}

func (d *draw) overlays(s scope) {
	if d.often() {
		return
	}
	d.add("  overlays:\n")
	for range 1 + d.IntN(2) {
		skip := ""
		if d.IntN(3) == 0 {
			skip = "skipIf: " + leaf(d.truth(s, 1)) + ", "
		}
		values := slices.DeleteFunc(slices.Clone(d.functions), func(f string) bool { return !strings.HasPrefix(f, "Value") })
		if len(values) > 0 && d.often() {
			d.add("    - {%soverlayRef: {kind: ValueFunction, name: %s}, inputs: %s}\n", skip, strings.TrimPrefix(pick(d, values), "ValueFunction/"), d.fields(s))
			continue
		}
		d.add("    - {%soverlay: {spec: %s}}\n", skip, d.fields(s.and(builtScope)))
	}
}

// workflow draws a Workflow of the functions so far; the parent is what its steps see of theirs.
func (d *draw) workflow(name string, parent scope, steps int) {
	d.head("Workflow", name)
	d.add("  steps:\n")
	seen := parent
	for i := range steps {
		label := fmt.Sprintf("step%d", i)
		d.add("    - label: %s\n", label)
		d.run()
		if d.seldom() {
			d.add("      skipIf: %s\n", leaf(d.truth(seen, 1)+" && false"))
		}
		result := under("steps." + label)
		if d.seldom() {
			d.add("      forEach: {itemIn: %s, inputKey: b}\n", leaf(d.list(seen, 1)))
			result = scope{lists: []string{"steps." + label + ".map(i, i.b)"}, texts: []string{"steps." + label + "[0].a"}, any: []string{"steps." + label}}
		} else if d.often() {
			d.add("      state: {a: =value.a, b: =value.b, l: =value.l}\n")
		}
		d.add("      inputs: %s\n", d.fields(seen))
		seen = seen.and(result)
	}
}

func (d *draw) run() {
	ref := func(f string) string {
		kind, name, _ := strings.Cut(f, "/")
		return "kind: " + kind + ", name: " + name
	}
	if !d.seldom() {
		d.add("      ref: {%s}\n", ref(pick(d, d.functions)))
		return
	}
	d.add("      refSwitch:\n        switchOn: %s\n        cases:\n", leaf(d.text(under("inputs"), 1)))
	d.add("          - {case: k, %s}\n          - {case: z9, %s, default: true}\n", ref(pick(d, d.functions)), ref(pick(d, d.functions)))
}

func (d *draw) program() string {
	d.add("apiVersion: koreo.dev/v1beta1\nkind: ResourceTemplate\nmetadata: {name: basis}\nspec: {template: {apiVersion: v1, kind: T, spec: {a: text, fixed: more}}}\n")
	for range 1 + d.IntN(2) {
		d.value()
	}
	for range 1 + d.IntN(3) {
		d.resource()
	}
	parent := parentScope
	if d.often() {
		parent = gitScope
	}
	if d.often() {
		d.workflow("inner", under("parent"), 1+d.IntN(3))
		d.functions = append(d.functions, "Workflow/inner", "Workflow/inner")
	}
	d.workflow("main", parent, 2+d.IntN(4))
	return d.out.String()
}

// trigger draws an object with the fields that programs read; some are empty, which a server may change.
func (d *draw) trigger() string {
	word := func() string { return pick(d, []string{`"k"`, `"z9"`, `""`, `"other"`}) }
	b := func() string { return "{x: " + word() + ", z: " + word() + "}" }
	return fmt.Sprintf("apiVersion: example.com/v1\nkind: App\nmetadata: {name: shop, namespace: prod}\nspec: {a: %s, b: %s, l: [%s, %s]}\n",
		word(), b(), b(), b())
}
