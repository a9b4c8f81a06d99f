// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// search finds where values come from. Facts are found once and shared.
type search struct {
	ctx   context.Context //nolint:containedctx // lives for one call of Explain
	world *World
	facts map[string]*fact
}

// fact is a value and where it comes from.
type fact struct {
	read    string
	value   any
	state   state
	waits   []expr.Wait
	from    string
	code    string // of an expression; empty for what is written as it is
	at      diag.Pos
	instead string // what it was laid over
	reads   []*fact
	secret  bool // it comes from a Secret
	deep    bool // it goes into a Secret, and so does what it reads
	wide    bool // it reads the results of all items of a forEach
	layer   int  // of a field of a target: what set it
}

// state tells what is known of a value.
type state uint8

const (
	untold  state = iota // it was not evaluated, or is a whole object
	known                // value holds it
	waiting              // waits says for what
	absent
)

// set notes a value.
func (f *fact) set(v any) {
	switch v := v.(type) {
	case *expr.Unknown:
		f.state, f.waits = waiting, v.Waits()
		return
	case *expr.Object:
		if v.Path != "" {
			f.state, f.value = known, v.Value
		}
		return
	}
	plain := expr.Plain(v)
	if u, ok := plain.(*expr.Unknown); ok {
		f.state, f.waits = waiting, u.Waits()
		return
	}
	f.state, f.value = known, plain
}

// where says which variables an expression sees.
type where uint8

const (
	inStep     where = iota // parent, steps; and inputs in switchOn
	inFunction              // inputs, locals, resource
	inOverlay               // of the ValueFunction of an overlay
	inState                 // value
)

// whole is the layer of expressions that see the finished object.
const whole = -1

// scope is where an expression stands.
type scope struct {
	where where
	step  *step
	layer int // inFunction and inOverlay: resource is the target before this layer
	vars  expr.Vars
}

func (sc *scope) key() string {
	return fmt.Sprintf("%p %s %d %d", sc.step.run.instance, sc.step.path, sc.where, sc.layer)
}

// read is the value at a path that an expression reads. light reads use an object as a whole without looking at its
// values, as self_ref does.
func (s *search) read(sc *scope, p path, light bool) *fact {
	key := fmt.Sprintf("%s %t %s", sc.key(), light, p)
	if f := s.facts[key]; f != nil {
		return f
	}
	f := &fact{read: p.String()}
	s.facts[key] = f
	s.evaluate(f, sc, p)
	rest := p[1:]
	switch p[0] {
	case "parent":
		s.parent(f, sc.step.run, rest)
	case "steps":
		s.steps(f, sc.step.run, rest)
	case "inputs":
		s.inputs(f, sc, rest)
	case "locals":
		s.locals(f, sc, rest)
	case "value":
		s.result(f, sc.step, rest)
	case "resource":
		s.resource(f, sc, rest, light)
	}
	f.settle()
	return f
}

// settle makes a fact a secret if anything that it reads is one.
func (f *fact) settle() {
	f.secret = f.secret || slices.ContainsFunc(f.reads, func(r *fact) bool { return r.secret })
}

// evaluate finds the value at a path.
func (s *search) evaluate(f *fact, sc *scope, p path) {
	if sc.vars == nil {
		return
	}
	code, _ := s.world.Program.Env.Compile("="+p.String(), slices.Sorted(maps.Keys(sc.vars)))
	if code == nil {
		f.state = absent
		return
	}
	v, err := code.Eval(s.ctx, sc.vars)
	var later *expr.Waiting
	switch {
	case err == nil:
		f.set(v)
	case errors.As(err, &later):
		f.state, f.waits = waiting, later.Waits
	default:
		f.state = absent
	}
}

// body finds what a Body says of a path, and tells whether it says anything.
func (s *search) body(f *fact, b *program.Body, p path, sc *scope, from string) bool {
	if b == nil {
		return false
	}
	n, rest := follow(b.Node, p)
	if n == nil {
		return false
	}
	f.from, f.at = from, n.Pos()
	if isCode(n) {
		f.code = n.Text()
		s.expression(f, b, n, rest, sc)
		return true
	}
	s.inside(f, b, n, nil, sc)
	return true
}

func isCode(n *source.Node) bool { return strings.HasPrefix(n.Text(), "=") }

// inside gathers the expressions inside a map or list.
func (s *search) inside(f *fact, b *program.Body, n *source.Node, below path, sc *scope) {
	switch {
	case isCode(n):
		inner := &fact{read: f.read + tail(below), from: f.from, code: n.Text(), at: n.Pos()}
		if v, found := at(f.value, below); found && f.state == known {
			inner.set(v)
		}
		s.expression(inner, b, n, nil, sc)
		inner.settle()
		f.reads = append(f.reads, inner)
	case n.Kind == source.Map:
		for i := range n.Pairs {
			s.inside(f, b, n.Pairs[i].Value, below.then(n.Pairs[i].Key), sc)
		}
	case n.Kind == source.List:
		for i, item := range n.Items {
			s.inside(f, b, item, below.then(i), sc)
		}
	}
}

// tail is a path as it follows another one.
func tail(p path) string {
	text := p.String()
	if text != "" && text[0] != '[' {
		return "." + text
	}
	return text
}

// expression gathers what an expression reads. Of one that is nothing but a path, rest is read below it.
func (s *search) expression(f *fact, b *program.Body, leaf *source.Node, rest path, sc *scope) {
	text := leaf.Text()
	seen := map[string]bool{}
	for _, r := range b.Refs() {
		if r.Leaf != leaf {
			continue
		}
		p, end := pathAt(text, r.Offset, r.Path)
		if isWhole(text, r.Offset, end) {
			p = p.then(rest...)
		}
		if key := p.String(); !seen[key] {
			seen[key] = true
			f.reads = append(f.reads, s.read(sc, p, isLight(text[end:])))
		}
	}
}

// isWhole tells whether an expression is nothing but text[from:end].
func isWhole(text string, from, end int) bool {
	return strings.Trim(text[:from], "= \t\n") == "" && strings.TrimSpace(text[end:]) == ""
}

// isLight tells whether an expression goes on with a function that looks at who an object is only.
func isLight(rest string) bool { return strings.HasPrefix(rest, ".self_ref()") }

// pathAt is the path that begins at a byte of an expression, with indexes that are written out, and where it ends. known
// is how much of it the compiler has seen, without indexes.
func pathAt(text string, from int, known []string) (path, int) {
	end := from + len(known[0])
	if from < 0 || end > len(text) || text[from:end] != known[0] {
		return keys(known), max(from, 0)
	}
	p := path{known[0]}
	for {
		step, size := stepAt(text[end:])
		if size == 0 {
			break
		}
		p, end = p.then(step), end+size
	}
	if len(p) < len(known) {
		return keys(known), end
	}
	return p, end
}

// stepAt reads .name, [2] or ["name"] at the beginning of a text; a function that is called there is no step.
func stepAt(text string) (any, int) {
	if strings.HasPrefix(text, ".") {
		end := 1
		for end < len(text) && plainName("x"+text[end:end+1]) {
			end++
		}
		if end == 1 || strings.HasPrefix(text[end:], "(") {
			return nil, 0
		}
		return text[1:end], end
	}
	inner, _, ok := strings.Cut(strings.TrimPrefix(text, "["), "]")
	if !ok || !strings.HasPrefix(text, "[") {
		return nil, 0
	}
	if i, _, isIndex := cutIndex("[" + inner + "]"); isIndex {
		return i, len(inner) + 2
	}
	if len(inner) < 2 || inner[0] != '\'' && inner[0] != '"' || inner[len(inner)-1] != inner[0] || strings.ContainsAny(inner[1:len(inner)-1], `\'"`) {
		return nil, 0
	}
	return inner[1 : len(inner)-1], len(inner) + 2
}
