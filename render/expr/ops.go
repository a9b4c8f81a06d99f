// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
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
			return x.Add(y), nil
		}
	case time.Duration:
		switch y := b.(type) {
		case time.Duration:
			return x + y, nil
		case time.Time:
			return y.Add(x), nil
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
			return x.Sub(y), nil
		case time.Duration:
			return x.Add(-y), nil
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return x - y, nil
		}
	}
	return arithmetic('-', at, a, b)
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

// ordered makes < <= > >= of a test on the comparison.
func ordered(test func(c int) bool) binaryOp {
	return func(_ *frame, at *place, a, b any) (any, error) {
		if u := openOperands(a, b); u != nil {
			return u, nil
		}
		if isNaN(a) || isNaN(b) {
			return false, nil
		}
		c, ok := compare(a, b)
		if !ok {
			return nil, at.fail("does not compare %s with %s", TypeName(a), TypeName(b))
		}
		return test(c), nil
	}
}

func isNaN(v any) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}

// compare orders two values of one type; numbers of any types.
func compare(a, b any) (int, bool) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), true
		}
	case bool:
		if y, ok := b.(bool); ok {
			return boolInt(x) - boolInt(y), true
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return bytes.Compare(x, y), true
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y), true
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return compareInts(int64(x), int64(y)), true
		}
	default:
		return compareNumbers(a, b)
	}
	return 0, false
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareInts(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// compareNumbers orders int, uint and double by value.
func compareNumbers(a, b any) (int, bool) {
	x, xi := a.(int64)
	y, yi := b.(int64)
	if xi && yi {
		return compareInts(x, y), true
	}
	p, ok1 := bigFloat(a)
	q, ok2 := bigFloat(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	return p.Cmp(q), true
}
