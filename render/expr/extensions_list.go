// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"errors"
	"slices"
)

func slice(_ *frame, args []any) (any, error) {
	l, from, to := items(args[0]), whole(args[1]), whole(args[2])
	if from < 0 || to > int64(len(l)) || from > to {
		return nil, errors.New("the range is outside of the list")
	}
	return l[from:to:to], nil
}

// sortBy orders a list by keys of one type each. Items with equal keys keep their order.
func sortBy(f *frame, list, keys []any) (any, error) {
	if err := f.reserve(32 * len(list)); err != nil {
		return nil, err
	}
	if err := f.work(nowhere, 8*len(list)); err != nil {
		return nil, err
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
		if _, ok := compare(keys[i], keys[0]); !ok || isNaN(keys[i]) {
			return nil, errors.New("the items have no order: they must all be numbers, or all be strings")
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		c, _ := compare(keys[i], keys[j])
		return c
	})
	out := make([]any, len(list))
	for i, at := range order {
		out[i] = list[at]
	}
	return out, nil
}

func distinct(f *frame, args []any) (any, error) {
	list := items(args[0])
	if err := f.reserve(64 * len(list)); err != nil {
		return nil, err
	}
	out := make([]any, 0, len(list))
	seen := map[string]bool{} // most lists hold texts, which equal nothing but texts
	for _, v := range list {
		if s, ok := v.(string); ok {
			if !seen[s] {
				seen[s] = true
				out = append(out, v)
			}
			continue
		}
		found, err := f.containsAny(out, []any{v})
		if err != nil {
			return nil, err
		}
		if found != true {
			out = append(out, v)
		}
	}
	return out, nil
}

const maxRange = 1 << 32

func numbersBelow(f *frame, args []any) (any, error) {
	n := whole(args[0])
	if n < 0 {
		return nil, errors.New("the number must not be negative")
	}
	if err := f.reserve(32 * int(min(n, maxRange))); err != nil {
		return nil, err
	}
	out := make([]any, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out, nil
}

// containsAll tells whether every item of part is an item of list. All items are fully known.
func (f *frame) containsAll(list, part []any) (any, error) {
	for _, v := range part {
		found, err := f.containsAny(list, []any{v})
		if err != nil || found != true {
			return found, err
		}
	}
	return true, nil
}

// containsAny tells whether some item of part is an item of list. All items are fully known.
func (f *frame) containsAny(list, part []any) (any, error) {
	for _, v := range part {
		found, err := inOp(f, nowhere, v, list)
		if err != nil || found == true {
			return found, err
		}
	}
	return false, nil
}

func equivalent(f *frame, args []any) (any, error) {
	a, b := items(args[0]), items(args[1])
	all, err := f.containsAll(a, b)
	if err != nil || all != true {
		return all, err
	}
	return f.containsAll(b, a)
}

// flattenDeep joins lists down to a depth; what is no list stays.
func flattenDeep(f *frame, at *place, args []any) (any, error) {
	if u, err := f.unknownIn(at, args); u != nil || err != nil {
		return orNil(u), err
	}
	depth, ok := args[1].(int64)
	list, _, isList := listView(args[0])
	if !ok || !isList || depth < 0 {
		return nil, at.fail("takes (list, int) with a depth that is not negative, not (%s)", given(args))
	}
	return f.appendFlat(at, []any{}, list, depth)
}

func (f *frame) appendFlat(at *place, out, list []any, depth int64) ([]any, error) {
	if err := f.grow(at, 16*len(list)); err != nil {
		return nil, err
	}
	for _, v := range list {
		inner, _, isList := listView(v)
		if !isList || depth == 0 {
			out = append(out, v)
			continue
		}
		var err error
		if out, err = f.appendFlat(at, out, inner, depth-1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sortByKeys is list.sortBy(x, key): the items keep what is unknown in them, but their keys must be known.
func sortByKeys(f *frame, at *place, args []any) (any, error) {
	list, open, ok := listView(args[0])
	if !ok || open != nil {
		if u, err := f.unknownIn(at, args); u != nil || err != nil {
			return orNil(u), err
		}
		return nil, at.fail("can only order a list, not %s", aType(args[0]))
	}
	if u, err := f.unknownIn(at, args[1:]); u != nil || err != nil {
		return orNil(u), err
	}
	keys, _ := args[1].([]any)
	v, err := sortBy(f, list, keys)
	if err != nil {
		return nil, at.because(err)
	}
	return v, nil
}
