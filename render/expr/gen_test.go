// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"math/rand/v2"
)

// gen writes random expressions over the variables of the table of partial knowledge. Most are well typed.
type gen struct {
	r    *rand.Rand
	vars []string // loop variables in scope
}

func (g *gen) pick(of ...string) string { return of[g.r.IntN(len(of))] }

// expr is any expression.
func (g *gen) expr(depth int) string {
	switch g.r.IntN(6) {
	case 0, 1:
		return g.boolean(depth)
	case 2:
		return g.text(depth)
	case 3:
		return g.number(depth)
	case 4:
		return g.list(depth)
	default:
		return g.mapping(depth)
	}
}

const podPath = "steps.web.spec.template.spec"

func (g *gen) path() string {
	if len(g.vars) > 0 && g.r.IntN(2) == 0 {
		v := g.vars[g.r.IntN(len(g.vars))]
		return v + g.pick("", "", ".id", ".name", ".port", ".nodePort", ".x")
	}
	return g.pick("resource.metadata.name", "resource.metadata.uid", "resource.metadata.namespace", "resource.status.ip",
		"resource.status", "resource.status.m.x", "resource.spec.cidr", "resource.spec.size", "resource.spec.zero",
		"resource.spec.none", "resource.spec.off", "resource.spec.tags", "resource.spec.tags[1]", "resource.spec.tags[2]",
		"resource.spec.ports", "resource.spec.ports[0]", "resource.spec.ports[1].name", "resource.spec.ports[1].port",
		"resource.spec.ports[2]", "resource.spec.ports[-1]", "resource.spec.ports[0].nodePort", "resource.metadata.labels",
		"resource.metadata.labels.app", "resource.spec", "resource", "resource.status.conditions",
		"inputs.a", "inputs.s", "inputs.t", "inputs.n", "inputs.l", "inputs.l[1]", "inputs.l[-1]", "inputs.l[7]", "inputs.m", "inputs.m.k",
		"inputs.zz", "inputs.xs", "inputs.xs[0].id", "inputs.xs[1].id", "inputs.us", "inputs.us[0]", "inputs.us[1]",
		"steps.vpc", "steps.vpc.ref", "steps.vpc.ref.name", "steps.vpc.ip", "steps.vpc.ip.deeper", "steps.vpc.ip[0]",
		"steps.vpc.ready", "steps.vpc.n", "steps.vpc.zz", "steps.sub.id", "steps.sub.ready", "steps.raw.spec.size",
		"steps.raw.status.ready", "steps.key.data", "steps.key.data.a", "steps.key.type", "steps.key",
		"steps.web", "steps.web.spec", podPath+".containers", podPath+".containers[0].name", podPath+".containers[0].image",
		podPath+".containers[0].resources.limits", podPath+".containers[0].resources.limits.cpu", podPath+".containers[1].args",
		podPath+".containers[0].resources.limits.memory", podPath+".containers[2].name", podPath+".volumes[0].emptyDir.sizeLimit",
		podPath+".volumes[0].emptyDir")
}

func (g *gen) boolean(depth int) string {
	if depth <= 0 {
		return g.pick("true", "false", "steps.vpc.ready", "inputs.t", "steps.sub.ready", g.path())
	}
	d := depth - 1
	switch g.r.IntN(17) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", g.boolean(d), g.pick("&&", "||"), g.boolean(d))
	case 2:
		return "!" + g.boolean(0)
	case 3, 4:
		return fmt.Sprintf("(%s %s %s)", g.expr(d), g.pick("==", "!="), g.expr(d))
	case 5:
		return fmt.Sprintf("(%s %s %s)", g.number(d), g.pick("<", ">", "<=", ">="), g.number(d))
	case 6, 7, 8:
		return fmt.Sprintf("has(%s)", g.pick(g.path(), g.path(), g.expr(d)))
	case 9:
		return fmt.Sprintf("(%s in %s)", g.pick(g.text(d), g.path(), g.number(d)), g.pick(g.list(d), g.mapping(d), g.path()))
	case 10, 11:
		return g.loop(depth, g.pick("all", "exists", "exists_one"), g.boolean)
	case 12:
		return fmt.Sprintf("(%s ? %s : %s)", g.boolean(d), g.boolean(d), g.boolean(d))
	case 13:
		return fmt.Sprintf("%s.contains(%s)", g.pick(g.list(d), g.mapping(d), g.text(d)), g.text(d))
	case 14:
		return fmt.Sprintf("%s.%s(%s)", g.text(d), g.pick("startsWith", "endsWith", "matches"), g.text(0))
	case 15:
		return fmt.Sprintf("config_connect_ready(%s)", g.mapping(d))
	default:
		return fmt.Sprintf("sets.%s(%s, %s)", g.pick("contains", "intersects", "equivalent"), g.list(d), g.list(d))
	}
}

func (g *gen) number(depth int) string {
	if depth <= 0 {
		return g.pick("0", "1", "3", "inputs.a", "steps.vpc.n", "inputs.l[0]", "resource.spec.size", g.path())
	}
	d := depth - 1
	switch g.r.IntN(7) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", g.number(d), g.pick("+", "-", "*", "/", "%"), g.number(d))
	case 2, 3:
		return fmt.Sprintf("size(%s)", g.pick(g.list(d), g.mapping(d), g.text(d), g.path()))
	case 4:
		return fmt.Sprintf("%s.min()", g.list(d))
	case 5:
		return g.reduce(depth, "0", g.number)
	default:
		return fmt.Sprintf("(%s ? %s : %s)", g.boolean(d), g.number(d), g.number(d))
	}
}

func (g *gen) text(depth int) string {
	if depth <= 0 {
		return g.pick(`"x"`, `"abc"`, `""`, "inputs.s", "steps.vpc.ip", "steps.sub.id", "resource.spec.cidr", "resource.metadata.name", g.path())
	}
	d := depth - 1
	switch g.r.IntN(9) {
	case 0, 1:
		return fmt.Sprintf("(%s + %s)", g.text(d), g.text(d))
	case 2:
		return fmt.Sprintf("string(%s)", g.pick(g.number(d), g.boolean(d), g.path()))
	case 3:
		return fmt.Sprintf("to_json(%s)", g.expr(d))
	case 4:
		return fmt.Sprintf("%s.%s", g.text(d), g.pick(`lower()`, `split("/")[0]`, `replace("x", "y")`, `split_last("/")`, "upperAscii()"))
	case 5:
		return fmt.Sprintf("(%s ? %s : %s)", g.boolean(d), g.text(d), g.text(d))
	case 6:
		return fmt.Sprintf("%s.join(%s)", g.list(d), g.pick(`"-"`, g.text(0)))
	case 7:
		return g.reduce(depth, `""`, g.text)
	default:
		return fmt.Sprintf("%s[%s]", g.mapping(d), g.text(0))
	}
}

func (g *gen) list(depth int) string {
	if depth <= 0 {
		return g.pick("[]", "[1, 2]", "inputs.l", "inputs.xs", "inputs.us", "resource.spec.ports", "resource.spec.tags", "[steps.vpc.ip]", g.path())
	}
	d := depth - 1
	switch g.r.IntN(11) {
	case 0, 1:
		return fmt.Sprintf("[%s, %s]", g.expr(d), g.expr(d))
	case 2:
		return g.loop(depth, "map", g.expr)
	case 3:
		return g.loop(depth, "filter", g.boolean)
	case 4:
		return fmt.Sprintf("(%s + %s)", g.list(d), g.list(d))
	case 5:
		return fmt.Sprintf("[%s, %s].flatten()", g.list(d), g.list(d))
	case 6:
		return fmt.Sprintf("%s.%s()", g.mapping(d), g.pick("keys", "values"))
	case 7:
		return fmt.Sprintf("%s.%s()", g.list(d), g.pick("reverse", "sort", "distinct", "flatten"))
	case 8:
		return fmt.Sprintf("%s.slice(0, %s)", g.list(d), g.pick("1", "2"))
	case 9:
		return g.reduce(depth, "[]", g.list)
	default:
		return fmt.Sprintf("(%s ? %s : %s)", g.boolean(d), g.list(d), g.list(d))
	}
}

func (g *gen) mapping(depth int) string {
	if depth <= 0 {
		return g.pick("{}", `{"x": 1}`, "inputs.m", "steps.vpc", "steps.vpc.ref", "resource", "resource.metadata", "resource.metadata.labels",
			"resource.spec", "resource.spec.ports[0]", "inputs.xs[0]", `{"app": "x"}`, g.path())
	}
	d := depth - 1
	switch g.r.IntN(7) {
	case 0, 1:
		return fmt.Sprintf(`{"x": %s, "name": %s}`, g.expr(d), g.expr(d))
	case 2:
		return fmt.Sprintf(`{%s: %s}`, g.text(0), g.expr(d))
	case 3, 4:
		return fmt.Sprintf("%s.overlay(%s)", g.mapping(d), g.mapping(d))
	case 5:
		return fmt.Sprintf("%s.%s()", g.mapping(d), g.pick("self_ref", "to_ref", "group_ref", "kindless_ref"))
	default:
		return fmt.Sprintf("(%s ? %s : %s)", g.boolean(d), g.mapping(d), g.mapping(d))
	}
}

func (g *gen) loop(depth int, macro string, body func(int) string) string {
	over := g.pick(g.list(depth-1), g.mapping(0), g.path())
	v := fmt.Sprintf("v%d", len(g.vars))
	g.vars = append(g.vars, v)
	defer func() { g.vars = g.vars[:len(g.vars)-1] }()
	return fmt.Sprintf("%s.%s(%s, %s)", over, macro, v, body(depth-1))
}

func (g *gen) reduce(depth int, start string, body func(int) string) string {
	over := g.list(depth - 1)
	n := len(g.vars)
	acc, v := fmt.Sprintf("acc%d", n), fmt.Sprintf("v%d", n)
	g.vars = append(g.vars, acc, v)
	defer func() { g.vars = g.vars[:n] }()
	return fmt.Sprintf("%s.reduce(%s, %s, %s, %s)", over, acc, v, start, body(depth-1))
}
