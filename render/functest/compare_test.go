// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

type m = map[string]any

type l = []any

func TestCompareValues(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		want, got any
		found     []Difference
	}{
		{"equal trees", m{"a": l{m{"b": int64(1)}, "x", nil, true}}, m{"a": l{m{"b": int64(1)}, "x", nil, true}}, nil},
		{"missing key", m{"a": int64(1), "b": m{"c": nil}}, m{"b": m{}}, []Difference{
			{Path: "a", Want: int64(1), Missing: true},
			{Path: "b.c", Missing: true},
		}},
		{"unexpected key", m{}, m{"a": "x", "n": nil}, []Difference{
			{Path: "a", Got: "x", Unexpected: true},
			{Path: "n", Unexpected: true},
		}},
		{"empty map wants an empty map", m{"a": m{}}, m{"a": m{"x": int64(1)}}, []Difference{
			{Path: "a.x", Got: int64(1), Unexpected: true},
		}},
		{"differences in the order of paths", m{"b": int64(1), "a": int64(1)}, m{"a": int64(2), "b": int64(2)}, []Difference{
			{Path: "a", Want: int64(1), Got: int64(2)},
			{Path: "b", Want: int64(1), Got: int64(2)},
		}},
		{"map against list", m{"a": m{"x": "y"}}, m{"a": l{"y"}}, []Difference{{Path: "a", Want: m{"x": "y"}, Got: l{"y"}}}},
		{"list against text", m{"a": l{"y"}}, m{"a": "y"}, []Difference{{Path: "a", Want: l{"y"}, Got: "y"}}},
		{"text against map", m{"a": "y"}, m{"a": m{"x": "y"}}, []Difference{{Path: "a", Want: "y", Got: m{"x": "y"}}}},
		{"map against null", m{"a": m{}}, m{"a": nil}, []Difference{{Path: "a", Want: m{}, Got: nil}}},
		{"integer equals whole double", m{"a": int64(5), "b": 5.0}, m{"a": 5.0, "b": int64(5)}, nil},
		{"integer differs from a fraction", m{"a": int64(5)}, m{"a": 5.5}, []Difference{{Path: "a", Want: int64(5), Got: 5.5}}},
		{"doubles", m{"a": 0.5, "b": 1.5}, m{"a": 0.5, "b": 2.5}, []Difference{{Path: "b", Want: 1.5, Got: 2.5}}},
		{"a big integer is not its neighbour", m{"a": int64(1<<53 + 1)}, m{"a": float64(1 << 53)}, []Difference{
			{Path: "a", Want: int64(1<<53 + 1), Got: float64(1 << 53)},
		}},
		{"the largest integer is not 2^63", m{"a": int64(math.MaxInt64)}, m{"a": float64(1 << 63)}, []Difference{
			{Path: "a", Want: int64(math.MaxInt64), Got: float64(1 << 63)},
		}},
		{"text differs from number", m{"a": "1"}, m{"a": int64(1)}, []Difference{{Path: "a", Want: "1", Got: int64(1)}}},
		{"true differs from 1", m{"a": true}, m{"a": int64(1)}, []Difference{{Path: "a", Want: true, Got: int64(1)}}},
		{"1 differs from true", m{"a": int64(1)}, m{"a": true}, []Difference{{Path: "a", Want: int64(1), Got: true}}},
		{"0.0 differs from false", m{"a": 0.0}, m{"a": false}, []Difference{{Path: "a", Want: 0.0, Got: false}}},
		{"false differs from null", m{"a": false}, m{"a": nil}, []Difference{{Path: "a", Want: false, Got: nil}}},
		{"null differs from empty", m{"a": nil}, m{"a": ""}, []Difference{{Path: "a", Want: nil, Got: ""}}},
		{"infinity is shown as text", m{"a": 1.5}, m{"a": math.Inf(1)}, []Difference{{Path: "a", Want: 1.5, Got: "+Inf"}}},
		{"list of other length", m{"a": l{"x"}}, m{"a": l{"x", "y"}}, []Difference{{Path: "a", Want: l{"x"}, Got: l{"x", "y"}}}},
		{"list item by item", m{"a": l{"x", "y", m{"b": l{"z"}}}}, m{"a": l{"x", "w", m{"b": l{"v"}}}}, []Difference{
			{Path: "a[1]", Want: "y", Got: "w"},
			{Path: "a[2].b[0]", Want: "z", Got: "v"},
		}},
		{"ordered lists mind the order", m{"a": l{"x", "y"}}, m{"a": l{"y", "x"}}, []Difference{
			{Path: "a[0]", Want: "x", Got: "y"},
			{Path: "a[1]", Want: "y", Got: "x"},
		}},
		{"keys that are no words", m{"koreo.dev/x": "1", "a": m{"0": "1", "": "1", "b_c-d": "1", `"`: "1"}},
			m{"koreo.dev/x": "2", "a": m{"0": "2", "": "2", "b_c-d": "2", `"`: "2"}}, []Difference{
				{Path: `a[""]`, Want: "1", Got: "2"},
				{Path: `a["\""]`, Want: "1", Got: "2"},
				{Path: `a["0"]`, Want: "1", Got: "2"},
				{Path: "a.b_c-d", Want: "1", Got: "2"},
				{Path: `["koreo.dev/x"]`, Want: "1", Got: "2"},
			}},
		{"the whole value", "a", "b", []Difference{{Want: "a", Got: "b"}}},
		{"directives are no data", m{asSet: l{"q"}, asMap: m{"q": l{"k"}}, withLastApplied: l{"q"}, "a": "x"},
			m{"a": "x"}, nil},
		{"directives of the result are no data", m{"a": m{}}, m{"a": m{asSet: l{"q"}, withLastApplied: l{"q"}}, asMap: m{}}, nil},
		{"directives are not shown", m{"a": m{"b": l{"x"}, asSet: l{"b"}}}, m{}, []Difference{
			{Path: "a", Want: m{"b": l{"x"}}, Missing: true},
		}},
		{"last applied is compared as usual", m{withLastApplied: l{"a"}, "a": "x"}, m{"a": "y"}, []Difference{
			{Path: "a", Want: "x", Got: "y"},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.found, compareValues(tc.want, tc.got))
		})
	}
}

func TestCompareLists(t *testing.T) {
	t.Parallel()
	set := func(items ...any) m { return m{asSet: l{"a"}, "a": items} }
	keyed := func(fields l, items ...any) m { return m{asMap: m{"a": fields}, "a": items} }
	for _, tc := range []struct {
		name  string
		want  m
		got   any
		found []Difference
	}{
		{"set in another order", set("x", "y"), l{"y", "x"}, nil},
		{"set with repetitions", set("x", "x", "y"), l{"y", "x", "y"}, nil},
		{"set both ways", set("x", "z", "z"), l{"y", "x", "y"}, []Difference{
			{Path: "a", Want: "z", Missing: true, Item: true},
			{Path: "a", Got: "y", Unexpected: true, Item: true},
		}},
		{"set of one is not a set of true", set(int64(1)), l{true}, []Difference{
			{Path: "a", Want: int64(1), Missing: true, Item: true},
			{Path: "a", Got: true, Unexpected: true, Item: true},
		}},
		{"set of numbers", set(int64(1), 2.0), l{int64(2), 1.0}, nil},
		{"set of maps", set(m{"k": "1"}, m{"k": "2"}), l{m{"k": "2"}, m{"k": "1"}}, nil},
		{"empty set", set(), l{}, nil},
		{"set against a text", set("x"), "x", []Difference{{Path: "a", Want: l{"x"}, Got: "x"}}},
		{"set that is no list", m{asSet: l{"a"}, "a": "x"}, "x", nil},
		{"set holds at its own level only", m{asSet: l{"b"}, "a": m{"b": l{"x", "y"}}}, m{"b": l{"y", "x"}}, []Difference{
			{Path: "a.b[0]", Want: "x", Got: "y"},
			{Path: "a.b[1]", Want: "y", Got: "x"},
		}},
		{"map in another order", keyed(l{"k"}, m{"k": "1"}, m{"k": "2"}), l{m{"k": "2"}, m{"k": "1"}}, nil},
		{"map with a difference", keyed(l{"k"}, m{"k": "1", "v": "x"}), l{m{"k": "1", "v": "y"}}, []Difference{
			{Path: "a[k=1].v", Want: "x", Got: "y"},
		}},
		{"map exactly: an extra element differs", keyed(l{"k"}, m{"k": "1"}), l{m{"k": "2"}, m{"k": "1"}}, []Difference{
			{Path: "a[k=2]", Got: m{"k": "2"}, Unexpected: true},
		}},
		{"map exactly: a lacking element differs", keyed(l{"k"}, m{"k": "1"}, m{"k": "2"}), l{m{"k": "1"}}, []Difference{
			{Path: "a[k=2]", Want: m{"k": "2"}, Missing: true},
		}},
		{"map exactly: an extra field differs", keyed(l{"k"}, m{"k": "1"}), l{m{"k": "1", "v": "y"}}, []Difference{
			{Path: "a[k=1].v", Got: "y", Unexpected: true},
		}},
		{"map by several fields", keyed(l{"port", "proto"}, m{"port": int64(80), "proto": "TCP"}, m{"port": int64(80), "proto": "UDP"}),
			l{m{"port": 80.0, "proto": "UDP"}, m{"port": int64(80), "proto": "SCTP"}}, []Difference{
				{Path: "a[port=80,proto=SCTP]", Got: m{"port": int64(80), "proto": "SCTP"}, Unexpected: true},
				{Path: "a[port=80,proto=TCP]", Want: m{"port": int64(80), "proto": "TCP"}, Missing: true},
			}},
		{"map trims its keys", keyed(l{"k"}, m{"k": " 1 ", "v": "x"}), l{m{"k": "1", "v": "x"}}, []Difference{
			{Path: "a[k=1].k", Want: " 1 ", Got: "1"},
		}},
		{"map without the field", keyed(l{"k"}, m{"v": "x"}), l{m{"v": "y"}}, []Difference{
			{Path: "a[k=None].v", Want: "x", Got: "y"},
		}},
		{"map: a later item of one key wins", keyed(l{"k"}, m{"k": "1", "v": "x"}, m{"k": "1", "v": "y"}), l{m{"k": "1", "v": "y"}}, nil},
		{"map of nothing", keyed(l{"k"}), l{}, nil},
		{"map of nothing against something", keyed(l{"k"}), l{m{"k": "1"}}, []Difference{
			{Path: "a[k=1]", Got: m{"k": "1"}, Unexpected: true},
		}},
		{"map of texts is an ordered list", keyed(l{"k"}, "x", "y"), l{"y", "x"}, []Difference{
			{Path: "a[0]", Want: "x", Got: "y"},
			{Path: "a[1]", Want: "y", Got: "x"},
		}},
		{"map against a text", keyed(l{"k"}, m{"k": "1"}), "x", []Difference{{Path: "a", Want: l{m{"k": "1"}}, Got: "x"}}},
		{"directives inside of an item", keyed(l{"k"}, m{"k": "1", asSet: l{"s"}, "s": l{"x", "y"}}), l{m{"k": "1", "s": l{"y", "x"}}}, nil},
		{"a directive of a wrong shape is ignored", m{asSet: "a", asMap: l{"a"}, "a": l{"x"}}, l{"x"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.found, compareValues(tc.want, m{"a": tc.got}))
		})
	}
}

func TestCompareObjectsTakesNullForAbsent(t *testing.T) {
	t.Parallel()
	want := m{"a": nil, "b": m{"c": nil, "d": "x"}, "l": l{nil}, asSet: l{"s"}, "s": l{m{"k": nil}}}
	got := m{"b": m{"d": "x", "e": nil}, "l": l{"y"}, "s": l{m{}}}
	assert.Equal(t, []Difference{{Path: "l[0]", Want: nil, Got: "y"}}, compareObjects(want, got))
}

func TestComparingChangesNothing(t *testing.T) {
	t.Parallel()
	fresh := func() m {
		return m{"a": l{m{"k": "1", "f": math.Inf(1)}}, "s": l{"x"}, asSet: l{"s"}, asMap: m{"a": l{"k"}}}
	}
	want, got := fresh(), m{"a": l{m{"k": "2"}}, "s": l{"y"}}
	assert.Len(t, compareValues(want, got), 4)
	assert.Equal(t, fresh(), want)
}
