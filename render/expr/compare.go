// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"bytes"
	"cmp"
	"math"
	"strings"
	"time"
)

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
			return cmp.Compare(x, y), true
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

// compareNumbers orders int, uint and double by value, exactly. NaN has no order.
func compareNumbers(a, b any) (int, bool) {
	switch x := a.(type) {
	case int64:
		switch y := b.(type) {
		case int64:
			return cmp.Compare(x, y), true
		case uint64:
			if x < 0 {
				return -1, true
			}
			return cmp.Compare(uint64(x), y), true
		case float64:
			return compareIntDouble(x, y)
		}
	case uint64:
		switch y := b.(type) {
		case uint64:
			return cmp.Compare(x, y), true
		case float64:
			return compareUintDouble(x, y)
		case int64:
			c, ok := compareNumbers(y, x)
			return -c, ok
		}
	case float64:
		switch y := b.(type) {
		case float64:
			return cmp.Compare(x, y), !math.IsNaN(x) && !math.IsNaN(y)
		case int64, uint64:
			c, ok := compareNumbers(y, x)
			return -c, ok
		}
	}
	return 0, false
}

// compareIntDouble compares without rounding the int.
func compareIntDouble(x int64, y float64) (int, bool) {
	switch {
	case math.IsNaN(y):
		return 0, false
	case y >= 1<<63:
		return -1, true
	case y < -1<<63:
		return 1, true
	}
	below := math.Floor(y)
	c := cmp.Compare(x, int64(below))
	if c == 0 && y > below {
		c = -1
	}
	return c, true
}

func compareUintDouble(x uint64, y float64) (int, bool) {
	switch {
	case math.IsNaN(y):
		return 0, false
	case y >= 1<<64:
		return -1, true
	case y < 0:
		return 1, true
	}
	below := math.Floor(y)
	c := cmp.Compare(x, uint64(below))
	if c == 0 && y > below {
		c = -1
	}
	return c, true
}
