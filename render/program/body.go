// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"slices"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// Body is a YAML value that may hold expressions, compiled leaf by leaf: each string that begins with = is a program
// of its own, everything else is data, byte for byte, and so are all keys. A nil Body is an absent one.
type Body struct {
	Node *source.Node
	root part
}

// part is one value of a Body: fixed data, an expression, or a map or list with at least one expression inside.
type part struct {
	node  *source.Node
	code  *expr.Program // an expression
	fixed bool
	value any      // fixed: the whole value, shared by all evaluations
	keys  []string // a map that is not empty: the keys of parts
	parts []part   // entries of such a map, or items of a list that is not fixed
}

// EvalError is a failed leaf: where it stands, and what failed. Unwrap gives *expr.Error or *expr.Waiting.
type EvalError struct {
	Node   *source.Node // the leaf
	Offset int          // byte in the leaf's text
	Err    error
}

// Error is what failed, without its place.
func (e *EvalError) Error() string { return e.Err.Error() }

// Unwrap gives the *expr.Error or *expr.Waiting.
func (e *EvalError) Unwrap() error { return e.Err }

// Diagnostic is the failure at its place in the file.
func (e *EvalError) Diagnostic(code diag.Code) diag.Diagnostic {
	d := e.Node.ProblemAt(e.Offset, code, "%s", e.Err.Error())
	if failed, ok := e.Err.(*expr.Error); ok { //nolint:errorlint // Err is never wrapped
		d.Message, d.Hint = failed.Message, failed.Hint
	}
	return d
}

// Text is the source text of a Body that is one string, else "".
func (b *Body) Text() string {
	if b == nil {
		return ""
	}
	return b.Node.Text()
}

// Literal is the value of a Body without expressions; false when it has any. A nil Body is the literal nil.
func (b *Body) Literal() (any, bool) {
	if b == nil {
		return nil, true
	}
	return b.root.value, b.root.fixed
}

// Eval evaluates every expression in the order of the document and gives the whole value. The error is an *EvalError,
// the first one. A nil Body is nil.
func (b *Body) Eval(ctx context.Context, vars expr.Vars) (any, error) {
	if b == nil {
		return nil, nil
	}
	return b.root.eval(ctx, vars)
}

func (p *part) eval(ctx context.Context, vars expr.Vars) (any, error) {
	switch {
	case p.fixed:
		return p.value, nil
	case p.code != nil:
		return p.run(ctx, vars)
	case p.keys != nil:
		out := make(map[string]any, len(p.keys))
		for i := range p.parts {
			v, err := p.parts[i].eval(ctx, vars)
			if err != nil {
				return nil, err
			}
			out[p.keys[i]] = v
		}
		return out, nil
	default:
		out := make([]any, len(p.parts))
		for i := range p.parts {
			v, err := p.parts[i].eval(ctx, vars)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
}

func (p *part) run(ctx context.Context, vars expr.Vars) (any, error) {
	v, err := p.code.Eval(ctx, vars)
	if err == nil {
		return v, nil
	}
	failed := &EvalError{Node: p.node, Err: err}
	if at, ok := err.(*expr.Error); ok { //nolint:errorlint // the contract of Eval
		failed.Offset = at.Offset
	}
	return nil, failed
}

// Overlay evaluates the Body and lays it over base, which stays as it is. Only literal maps that are not empty are
// structure and merge; every other value, an expression that yields a map and {} among them, replaces what base holds.
// A nil base is {}, a nil Body changes nothing. The error is an *EvalError.
func (b *Body) Overlay(ctx context.Context, base map[string]any, vars expr.Vars) (map[string]any, error) {
	switch {
	case b != nil && b.root.keys != nil:
		return b.root.over(ctx, base, vars)
	case base == nil:
		return map[string]any{}, nil
	default:
		return base, nil
	}
}

func (p *part) over(ctx context.Context, base map[string]any, vars expr.Vars) (map[string]any, error) {
	if whole, ok := p.value.(map[string]any); ok && p.fixed && len(base) == 0 {
		return whole, nil
	}
	out := make(map[string]any, len(base)+len(p.keys))
	for key, value := range base {
		out[key] = value
	}
	for i, key := range p.keys {
		v, err := p.parts[i].overAny(ctx, base[key], vars)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// overAny is over for a base of any type. What cannot be told of a base that is not known yet stays unknown.
func (p *part) overAny(ctx context.Context, base any, vars expr.Vars) (any, error) {
	if p.keys == nil {
		return p.eval(ctx, vars)
	}
	switch b := base.(type) {
	case map[string]any:
		return p.over(ctx, b, vars)
	case *expr.Object:
		return p.overObject(ctx, b, vars)
	case *expr.Unknown:
		value, err := p.eval(ctx, vars)
		if err != nil {
			return nil, err
		}
		return expr.NewUnknown(slices.Concat(b.Waits(), expr.WaitsOf(value))...), nil
	default:
		return p.over(ctx, nil, vars)
	}
}

// overObject lays p over an Object. What its field holds below a map of p, or whether that cannot be told yet, is asked
// of the language's overlay with empty maps.
func (p *part) overObject(ctx context.Context, base *expr.Object, vars expr.Vars) (any, error) {
	maps := map[string]any{}
	for i, key := range p.keys {
		if p.parts[i].keys != nil {
			maps[key] = map[string]any{}
		}
	}
	out, ok := expr.Overlay(base, maps).(*expr.Object)
	if !ok {
		return p.over(ctx, base.Value, vars)
	}
	for i, key := range p.keys {
		v, err := p.parts[i].overAny(ctx, out.Value[key], vars)
		if err != nil {
			return nil, err
		}
		out.Value[key] = v
	}
	return out, nil
}

// LeafRef is one path that an expression of a Body reads, and the leaf that holds the expression.
type LeafRef struct {
	Leaf *source.Node
	expr.Ref
}

// At is where the path stands.
func (r LeafRef) At() diag.Pos { return r.Leaf.OffsetPos(r.Offset) }

// Refs lists every path that the expressions read, in the order of the document.
func (b *Body) Refs() []LeafRef {
	if b == nil {
		return nil
	}
	var out []LeafRef
	b.root.leaves(func(p *part) {
		for _, r := range p.code.Refs() {
			out = append(out, LeafRef{Leaf: p.node, Ref: r})
		}
	})
	return out
}

// leaves visits the expressions that compiled.
func (p *part) leaves(visit func(*part)) {
	if p.code != nil {
		visit(p)
	}
	if p.fixed {
		return
	}
	for i := range p.parts {
		p.parts[i].leaves(visit)
	}
}
