// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"cmp"
	"errors"
	"math"

	"github.com/korender/korender/render/expr/library"
)

// mathematics are CEL's extensions for numbers.
func mathematics() map[string]*function {
	return map[string]*function{
		"math.greatest": extreme(func(c int) bool { return c > 0 }),
		"math.least":    extreme(func(c int) bool { return c < 0 }),
		"math.ceil":     typed(overload{"d", onDouble(math.Ceil)}),
		"math.floor":    typed(overload{"d", onDouble(math.Floor)}),
		"math.round":    typed(overload{"d", onDouble(math.Round)}),
		"math.trunc":    typed(overload{"d", onDouble(math.Trunc)}),
		"math.sqrt": typed(overload{"d", onDouble(math.Sqrt)},
			overload{"i", func(_ *frame, a []any) (any, error) { return math.Sqrt(float64(whole(a[0]))), nil }},
			overload{"u", func(_ *frame, a []any) (any, error) { return math.Sqrt(float64(natural(a[0]))), nil }}),
		"math.isNaN":    typed(overload{"d", testDouble(math.IsNaN)}),
		"math.isInf":    typed(overload{"d", testDouble(func(x float64) bool { return math.IsInf(x, 0) })}),
		"math.isFinite": typed(overload{"d", testDouble(func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) })}),
		"math.abs": typed(overload{"d", onDouble(math.Abs)}, overload{"i", absolute},
			overload{"u", func(_ *frame, a []any) (any, error) { return a[0], nil }}),
		"math.sign":   typed(overload{"d", onDouble(library.Sign)}, overload{"i", signOfInt}, overload{"u", signOfUint}),
		"math.bitAnd": bits(func(x, y uint64) uint64 { return x & y }),
		"math.bitOr":  bits(func(x, y uint64) uint64 { return x | y }),
		"math.bitXor": bits(func(x, y uint64) uint64 { return x ^ y }),
		"math.bitNot": typed(overload{"i", func(_ *frame, a []any) (any, error) { return ^whole(a[0]), nil }},
			overload{"u", func(_ *frame, a []any) (any, error) { return ^natural(a[0]), nil }}),
		"math.bitShiftLeft":  shift(func(x uint64, n int64) uint64 { return x << n }),
		"math.bitShiftRight": shift(func(x uint64, n int64) uint64 { return x >> n }),
	}
}

func double(v any) float64 { d, _ := v.(float64); return d }

func natural(v any) uint64 { u, _ := v.(uint64); return u }

func onDouble(do func(float64) float64) typedCall {
	return func(_ *frame, a []any) (any, error) { return do(double(a[0])), nil }
}

func testDouble(test func(float64) bool) typedCall {
	return func(_ *frame, a []any) (any, error) { return test(double(a[0])), nil }
}

// extreme is the greatest or least of numbers, given one by one or as a list.
func extreme(better func(c int) bool) *function {
	return &function{min: 1, max: -1, call: func(_ *frame, at *place, args []any) (any, error) {
		if l, ok := args[0].([]any); ok && len(args) == 1 {
			args = l
		}
		if len(args) == 0 {
			return nil, at.fail("takes at least one number")
		}
		best := args[0]
		for _, v := range args {
			c, ok := compareNumbers(v, best)
			if !ok {
				return nil, at.fail("takes numbers, not %s", aType(v))
			}
			if better(c) {
				best = v
			}
		}
		return best, nil
	}}
}

func absolute(_ *frame, a []any) (any, error) {
	i := whole(a[0])
	if i == math.MinInt64 {
		return nil, errors.New("the result does not fit in 64 bits")
	}
	return max(i, -i), nil
}

func signOfInt(_ *frame, a []any) (any, error) { return int64(cmp.Compare(whole(a[0]), 0)), nil }

func signOfUint(_ *frame, a []any) (any, error) { return min(natural(a[0]), 1), nil }

func bits(do func(x, y uint64) uint64) *function {
	return typed(overload{"ii", func(_ *frame, a []any) (any, error) { return int64(do(uint64(whole(a[0])), uint64(whole(a[1])))), nil }},
		overload{"uu", func(_ *frame, a []any) (any, error) { return do(natural(a[0]), natural(a[1])), nil }})
}

func shift(do func(x uint64, n int64) uint64) *function {
	by := func(x uint64, n int64) (uint64, error) {
		if n < 0 {
			return 0, errors.New("the shift must not be negative")
		}
		return do(x, n), nil
	}
	return typed(
		overload{"ii", func(_ *frame, a []any) (any, error) {
			x, err := by(uint64(whole(a[0])), whole(a[1]))
			return int64(x), err
		}},
		overload{"ui", func(_ *frame, a []any) (any, error) { return anyOf(by(natural(a[0]), whole(a[1]))) }})
}
