// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"errors"

	"github.com/google/cel-go/common/ast"
)

// either is && and ||: one side that is decisive beats errors and unknowns of the other; an unknown beats an error.
type either struct {
	left, right node
	decisive    bool // false for &&, true for ||
	at          place
}

func (n either) eval(f *frame) (any, error) {
	l, lerr := n.operand(f, n.left)
	if l == n.decisive && lerr == nil || isLimit(lerr) {
		return l, lerr
	}
	r, rerr := n.operand(f, n.right)
	if r == n.decisive && rerr == nil || isLimit(rerr) {
		return r, rerr
	}
	f.doubt(l)
	f.doubt(r)
	_, lok := l.(*Unknown)
	_, rok := r.(*Unknown)
	switch {
	case lok || rok:
		return eitherUnknown(l, r), nil
	case lerr != nil:
		return nil, lerr
	case rerr != nil:
		return nil, rerr
	}
	return !n.decisive, nil
}

// operand evaluates one side to a bool or an unknown.
func (n either) operand(f *frame, side node) (any, error) {
	v, err := side.eval(f)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case bool, *Unknown:
		return v, nil
	}
	return nil, n.at.fail("takes bools, not %s", aType(v))
}

func isLimit(err error) bool {
	if err == nil {
		return false
	}
	var e *Error
	return errors.As(err, &e) && e.Limit
}

type conditional struct {
	test, yes, no node
	at            place
}

func (n conditional) eval(f *frame) (any, error) {
	t, err := n.test.eval(f)
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case bool:
		if t {
			return n.yes.eval(f)
		}
		return n.no.eval(f)
	case *Unknown:
		f.doubt(t)
		return derived(t.waits), nil
	}
	return nil, n.at.fail("the condition must be a bool, not %s", aType(t))
}

// planPresence plans has(e): undeclared names inside e are merely absent.
func (p *planner) planPresence(e ast.Expr) node {
	p.inHas++
	of := p.plan(e, true)
	p.inHas--
	return presenceTest{of}
}

// presenceTest is has(e): whether e can be read, without ever failing (but for bounds). Where e fails or not depending
// on something unknown, so does the answer, even when the value of e would be known.
type presenceTest struct{ of node }

func (n presenceTest) eval(f *frame) (any, error) {
	watching, doubts := f.watching, f.doubts
	f.watching, f.doubts = true, nil
	answer, err := n.test(f)
	if answer == true && len(f.doubts) > 0 {
		answer = derived(f.doubts)
	}
	f.watching, f.doubts = watching, doubts
	return answer, err
}

// test answers as if nothing inside e but its last step could fail.
func (n presenceTest) test(f *frame) (any, error) {
	switch of := n.of.(type) {
	case selectField:
		v, err := of.operand.eval(f)
		if err != nil {
			return absentUnlessLimit(err)
		}
		return hasKey(v, of.key), nil
	case index:
		return n.hasIndex(f, of)
	}
	if _, err := n.of.eval(f); err != nil {
		return absentUnlessLimit(err)
	}
	return true, nil
}

func absentUnlessLimit(err error) (any, error) {
	if isLimit(err) {
		return nil, err
	}
	return false, nil
}

func (n presenceTest) hasIndex(f *frame, of index) (any, error) {
	v, err := of.operand.eval(f)
	if err != nil {
		return absentUnlessLimit(err)
	}
	k, err := of.key.eval(f)
	if err != nil {
		return absentUnlessLimit(err)
	}
	if u, ok := k.(*Unknown); ok {
		return eitherUnknown(u, v), nil
	}
	if key, ok := k.(string); ok {
		return hasKey(v, key), nil
	}
	switch l := v.(type) {
	case *openList:
		if i, ok := wholeNumber(k); ok && l.of.Mode == Declared {
			if _, found := l.item(i); !found {
				return NewUnknown(l.of.wait(indexStep(i))), nil
			}
		}
	case *Unknown:
		u, err := lookup(l, k, &of.at)
		if err != nil {
			return false, nil
		}
		return u, nil
	}
	_, err = lookup(v, k, &of.at)
	return err == nil, nil
}

// hasKey is has(v.key): a bool or an unknown.
func hasKey(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		_, found := v[key]
		return found
	case *Object:
		switch e, p := v.field(key); p {
		case present:
			if u := v.mayVanish(key, e); u != nil {
				return derived(u.waits)
			}
			return true
		case unknown:
			return NewUnknown(v.wait(keyStep(key)))
		}
		return false
	case *Unknown:
		return v.child(keyStep(key))
	}
	return false
}
