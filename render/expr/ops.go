// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"math"
	"slices"
	"strconv"
	"time"
)

func indexStep(i int) string { return "[" + strconv.Itoa(i) + "]" }

// add is +: numbers of one type, strings, bytes, lists, times and durations.
func add(f *frame, at *place, a, b any) (any, error) {
	if la, ok := listOf(a); ok {
		if lb, ok := listOf(b); ok {
			if err := f.grow(at, 16*(len(la)+len(lb))); err != nil {
				return nil, err
			}
			return slices.Concat(la, lb), nil
		}
	}
	if u := openOperands(a, b); u != nil {
		return u, nil
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return x + y, f.grow(at, len(x)+len(y))
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return slices.Concat(x, y), f.grow(at, len(x)+len(y))
		}
	case time.Time:
		if y, ok := b.(time.Duration); ok {
			return moved(at, x, y)
		}
	case time.Duration:
		switch y := b.(type) {
		case time.Duration:
			return durationOf(intArithmetic('+', at, int64(x), int64(y)))
		case time.Time:
			return moved(at, y, x)
		}
	}
	return arithmetic('+', at, a, b)
}

// openOperands is the unknown that + - * / % < and so on come to; nil when both operands are known, or a list, whose
// items do not matter. A list that may grow is as unknown as its items.
func openOperands(a, b any) *Unknown { return eitherUnknown(asUnknown(a), asUnknown(b)) }

func asUnknown(v any) any {
	if l, ok := v.(*openList); ok && l.of.Mode == Declared {
		return derived([]Wait{l.wait()})
	}
	return v
}

// listOf is the items of a list whose length is final.
func listOf(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case *openList:
		if v.of.Mode != Declared {
			return v.all(), true
		}
	}
	return nil, false
}

// all is every item of the list, with the meaning of its place.
func (l *openList) all() []any {
	out := make([]any, len(l.items))
	for i := range l.items {
		out[i], _ = l.item(i)
	}
	return out
}

func subtract(f *frame, at *place, a, b any) (any, error) {
	if u := openOperands(a, b); u != nil {
		return u, nil
	}
	switch x := a.(type) {
	case time.Time:
		switch y := b.(type) {
		case time.Time:
			return between(at, x, y)
		case time.Duration:
			return moved(at, x, -y)
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return durationOf(intArithmetic('-', at, int64(x), int64(y)))
		}
	}
	return arithmetic('-', at, a, b)
}

// moved is a time so much later; times reach from the year 1 to 9999.
func moved(at *place, t time.Time, by time.Duration) (any, error) {
	t = t.Add(by)
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return nil, at.fail("the result lies outside the years 1 to 9999")
	}
	return t, nil
}

func between(at *place, a, b time.Time) (any, error) {
	d := a.Sub(b)
	if !b.Add(d).Equal(a) {
		return nil, at.fail("the result does not fit in a duration")
	}
	return d, nil
}

func durationOf(v any, err error) (any, error) {
	n, _ := v.(int64)
	return time.Duration(n), err
}

func strictArithmetic(op byte) binaryOp {
	return func(f *frame, at *place, a, b any) (any, error) {
		if u := openOperands(a, b); u != nil {
			return u, nil
		}
		return arithmetic(op, at, a, b)
	}
}

// arithmetic is + - * / % on two numbers of one type.
func arithmetic(op byte, at *place, a, b any) (any, error) {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return intArithmetic(op, at, x, y)
		}
	case uint64:
		if y, ok := b.(uint64); ok {
			return uintArithmetic(op, at, x, y)
		}
	case float64:
		if y, ok := b.(float64); ok && op != '%' {
			return floatArithmetic(op, x, y), nil
		}
	}
	return nil, at.fail("does not work on %s and %s", TypeName(a), TypeName(b))
}

func intArithmetic(op byte, at *place, x, y int64) (any, error) {
	var r int64
	ok := true
	switch op {
	case '+':
		r = x + y
		ok = (r > x) == (y > 0)
	case '-':
		r = x - y
		ok = (r < x) == (y > 0)
	case '*':
		r = x * y
		ok = x == 0 || r/x == y && !(x == -1 && y == math.MinInt64)
	default:
		if y == 0 {
			return nil, at.fail("division by zero")
		}
		if ok = !(x == math.MinInt64 && y == -1); ok && op == '/' {
			r = x / y
		} else if ok {
			r = x % y
		}
	}
	if !ok {
		return nil, at.fail("the result does not fit in 64 bits")
	}
	return r, nil
}

func uintArithmetic(op byte, at *place, x, y uint64) (any, error) {
	var r uint64
	ok := true
	switch op {
	case '+':
		r = x + y
		ok = r >= x
	case '-':
		r = x - y
		ok = y <= x
	case '*':
		r = x * y
		ok = x == 0 || r/x == y
	default:
		if y == 0 {
			return nil, at.fail("division by zero")
		}
		if op == '/' {
			r = x / y
		} else {
			r = x % y
		}
	}
	if !ok {
		return nil, at.fail("the result does not fit in 64 bits")
	}
	return r, nil
}

func floatArithmetic(op byte, x, y float64) float64 {
	switch op {
	case '+':
		return x + y
	case '-':
		return x - y
	case '*':
		return x * y
	default:
		return x / y
	}
}
