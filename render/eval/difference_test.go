// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDifference(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, target, live, last, want string }{
		{"map and other", "s: {a: {}}", "s: {a: 1}", "", "'s' -> 'a' -> <target:object, resource:int>"},
		{"other and map", "s: {a: text}", "s: {a: {}}", "", "'s' -> 'a' -> <target:string, resource:object>"},
		{"null and map", "s: {a: null}", "s: {a: {}}", "", "'s' -> 'a' -> <target:null, resource:object>"},
		{"list and other", "s: {a: []}", "s: {a: 1}", "", "'s' -> 'a' -> <target:array, resource:int>"},
		{"list and null", "s: {a: []}", "s: {a: null}", "", "'s' -> 'a' -> <target:array, resource:null_type>"},
		{"other and list", "s: {a: 1}", "s: {a: []}", "", "'s' -> 'a' -> <target:int, resource:array>"},
		{"bools", "s: {a: true}", "s: {a: false}", "", "'s' -> 'a' -> <target:[true], resource:[false]>"},
		{"equal bools", "s: {a: true}", "s: {a: true}", "", ""},
		{"bool and int", "s: {a: true}", "s: {a: 1}", "", "'s' -> 'a' -> <target:bool, resource:int>"},
		{"int and bool", "s: {a: 0}", "s: {a: false}", "", "'s' -> 'a' -> <target:int, resource:bool>"},
		{"bool and null", "s: {a: true}", "s: {a: null}", "", "'s' -> 'a' -> <target:bool, resource:null_type>"},
		{"something and null", "s: {a: x}", "s: {a: null}", "", "'s' -> 'a' -> <target:string, resource:null or missing>"},
		{"null and something", "s: {a: null}", "s: {a: x}", "", "'s' -> 'a' -> <target:null, resource:string>"},
		{"null and zero", "s: {a: null}", "s: {a: 0}", "", "'s' -> 'a' -> <target:[null], resource:[0]>"},
		{"empty text and null", "s: {a: ''}", "s: {a: null}", "", "'s' -> 'a' -> <target:[], resource:[null]>"},
		{"null and null", "s: {a: null}", "s: {a: null}", "", ""},
		{"null and missing", "s: {a: null}", "s: {}", "", ""},
		{"missing", "s: {a: 1}", "s: {}", "", "'s' -> <missing 'a' in resource>"},
		{"missing at the top", "s: 1", "{}", "", "<missing 's' in resource>"},
		{"numbers by value", "s: {a: 1, b: 2.0, c: 0.5}", "s: {a: 1.0, b: 2, c: 0.5}", "", ""},
		{"different numbers", "s: {a: 1}", "s: {a: 1.5}", "", "'s' -> 'a' -> <target:[1], resource:[1.5]>"},
		{"text and number", "s: {a: '1'}", "s: {a: 1}", "", "'s' -> 'a' -> <target:[1], resource:[1]>"},
		{"more in live", "s: {a: {}}", "s: {a: {x: 1}, z: 2}", "", ""},
		{"the first key by name", "s: {c: 1, b: 1, d: 1}", "s: {c: 2, b: 2, d: 2}", "", "'s' -> 'b' -> <target:[1], resource:[2]>"},
		{"length", "s: [1, 2]", "s: [1]", "", "'s' -> <length mismatch target:2, actual:1>"},
		{"items", "s: [1, {i: a, j: b}]", "s: [1, {i: a, j: c, k: d}]", "", "'s' -> at index '1' -> 'j' -> <target:[b], resource:[c]>"},
		{"owners of the object", "metadata: {ownerReferences: [1], name: a}", "metadata: {name: a}", "", ""},
		{"owners anywhere else", "metadata: {annotations: {ownerReferences: a}}", "metadata: {annotations: {}}", "",
			"'metadata' -> 'annotations' -> <missing 'ownerReferences' in resource>"},

		{"set", "s: {x-koreo-compare-as-set: [l], l: [1, a, 2, 2]}", "s: {l: [2.0, a, 1]}", "", ""},
		{"set, missing", "s: {x-koreo-compare-as-set: [l], l: [a, b]}", "s: {l: [b]}", "", "'s' -> 'l' -> <missing 'a'>"},
		{"set, too many", "s: {x-koreo-compare-as-set: [l], l: [b]}", "s: {l: [b, c]}", "", "'s' -> 'l' -> <unexpectedly found 'c'>"},
		{"set, true is not one", "s: {x-koreo-compare-as-set: [l], l: [1]}", "s: {l: [true]}", "", "'s' -> 'l' -> <missing '1'>"},
		{"set of maps", "s: {x-koreo-compare-as-set: [l], l: [{}]}", "s: {l: [{}]}", "", "'s' -> 'l' -> Could not compare array-as-set, try: `x-koreo-compare-as-map`"},
		{"set of lists", "s: {x-koreo-compare-as-set: [l], l: [1]}", "s: {l: [[1]]}", "", "'s' -> 'l' -> Could not compare array-as-set (lists inside)"},
		{"set against no list", "s: {x-koreo-compare-as-set: [l], l: [1]}", "s: {l: 1}", "", "'s' -> 'l' -> <target:array, resource:int>"},

		{"keyed", "s: {x-koreo-compare-as-map: {l: [k]}, l: [{k: a, v: 1}]}", "s: {l: [{k: b}, {k: ' a ', v: 1}]}", "",
			"'s' -> 'l' -> 'a' -> 'k' -> <target:[a], resource:[ a ]>"},
		{"keyed, more and in another order", "s: {x-koreo-compare-as-map: {l: [k]}, l: [{k: a, v: 1}]}", "s: {l: [{k: b}, {k: a, v: 1, z: 2}]}", "", ""},
		{"keyed by two fields", "s: {x-koreo-compare-as-map: {l: [k, p]}, l: [{k: a, v: 1}, {k: a, p: 2, v: 2}]}", "s: {l: [{k: a, p: 2, v: 3}, {k: a, v: 1}]}", "",
			"'s' -> 'l' -> 'a$2' -> 'v' -> <target:[2], resource:[3]>"},
		{"keyed, the later of two", "s: {x-koreo-compare-as-map: {l: [k]}, l: [{k: a, v: 1}, {k: a, v: 2}]}", "s: {l: [{k: a, v: 2}]}", "", ""},
		{"keyed, missing", "s: {x-koreo-compare-as-map: {l: [k]}, l: [{k: a}]}", "s: {l: [{k: b}]}", "", "'s' -> 'l' -> <missing 'a' in resource>"},
		{"keyed, should be empty", "s: {x-koreo-compare-as-map: {l: [k]}, l: []}", "s: {l: [{k: a}]}", "", "'s' -> 'l' -> <target:null, resource:object>"},
		{"keyed, is empty", "s: {x-koreo-compare-as-map: {l: [k]}, l: [{k: a}]}", "s: {l: []}", "", "'s' -> 'l' -> <target:object, resource:null_type>"},
		{"keyed, both empty", "s: {x-koreo-compare-as-map: {l: [k]}, l: []}", "s: {l: []}", "", ""},
		{"keyed, of scalars", "s: {x-koreo-compare-as-map: {l: [k]}, l: [1]}", "s: {l: [1]}", "", "'s' -> 'l' -> Could not compare array-as-map (every item must be an object)"},

		{"last applied, none", "s: {x-koreo-compare-last-applied: [a], a: 1}", "s: {a: 1}", "", "'s' -> 'a' -> <target:int, resource:null or missing>"},
		{"last applied, equal", "s: {x-koreo-compare-last-applied: [a], a: 1}", "s: {}", "s: {a: 1}", ""},
		{"last applied, different", "s: {x-koreo-compare-last-applied: [a], a: 1}", "s: {a: 1}", "s: {a: 2}", "'s' -> 'a' -> <target:[1], resource:[2]>"},
		{"last applied, of another type", "s: {x-koreo-compare-last-applied: [a], a: {b: 1}}", "s: {}", "s: text", "'s' -> 'a' -> <target:object, resource:null_type>"},
		{"last applied, below a list", "s: [{x-koreo-compare-last-applied: [a], a: 1}]", "s: [{}]", "s: [{a: 1}]", ""},
		{"last applied, below a keyed list", "s: {x-koreo-compare-as-map: {l: [k]}, l: [{k: x, x-koreo-compare-last-applied: [a], a: 1}]}", "s: {l: [{k: x}]}", "s: {l: [{k: z}, {k: x, a: 1}]}", ""},
		{"last applied, as a set", "s: {x-koreo-compare-last-applied: [l], x-koreo-compare-as-set: [l], l: [1, 2]}", "s: {}", "s: {l: [2, 1]}", ""},
		{"a directive holds at its own level", "s: {x-koreo-compare-as-set: [l], d: {l: [1, 2]}}", "s: {d: {l: [2, 1]}}", "", "'s' -> 'd' -> 'l' -> at index '0' -> <target:[1], resource:[2]>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var last any
			if tc.last != "" {
				last = value(t, tc.last)
			}
			assert.Equal(t, tc.want, differ{}.first(fields(t, tc.target), fields(t, tc.live), last))
		})
	}
}

func TestDifferenceOfSecrets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, target, live, want string }{
		{"data", "data: {a: eA==}", "data: {a: eQ==}", "'data' -> 'a' -> <target:[redacted], resource:[redacted]>"},
		{"stringData", "stringData: {a: {b: x}}", "stringData: {a: {b: z}}", "'stringData' -> 'a' -> 'b' -> <target:[redacted], resource:[redacted]>"},
		{"a set", "data: {x-koreo-compare-as-set: [a], a: [x]}", "data: {a: [z]}", "'data' -> 'a' -> <missing 'redacted'>"},
		{"everything else shows", "metadata: {labels: {a: x}}", "metadata: {labels: {a: z}}", "'metadata' -> 'labels' -> 'a' -> <target:[x], resource:[z]>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, differ{secret: true}.first(fields(t, tc.target), fields(t, tc.live), nil))
		})
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	raw := fields(t, `
spec:
  a: null
  l: [null, {n: null, x-koreo-compare-as-set: [q], q: [1]}]
  x-koreo-compare-as-map: {l: [k]}
  deep: {x-koreo-compare-last-applied: [z], z: {}}
kept: {same: true}
`)
	before := value(t, mustJSON(t, raw))
	body, waits := new(finisher).finish(raw)
	assert.Empty(t, waits)
	assert.Equal(t, value(t, "{spec: {l: [null, {q: [1]}], deep: {z: {}}}, kept: {same: true}}"), any(body))
	assert.True(t, sameMap(body["kept"], raw["kept"].(m)), "what does not change is shared")
	withNulls, _ := (&finisher{keepNulls: true}).finish(raw)
	assert.Equal(t, value(t, "{spec: {a: null, l: [null, {n: null, q: [1]}], deep: {z: {}}}, kept: {same: true}}"), any(withNulls))
	assert.Equal(t, before, any(raw), "the target itself stays as it is")
}

func TestFinishUnknown(t *testing.T) {
	t.Parallel()
	body, waits := new(finisher).finish(m{"b": []any{unknownField("status.b")}, "a": unknownField("status.a"), "c": "known"})
	assert.Equal(t, []string{"net: Network/prod/net.status.a", "net: Network/prod/net.status.b"}, texts(waits))
	assert.Equal(t, "known", body["c"])
}

func TestBlend(t *testing.T) {
	t.Parallel()
	u := unknownField("status.on")
	got := blend(fields(t, "{same: {a: [1]}, changed: 1, gone: x, m: {k: 1}}"), fields(t, "{same: {a: [1]}, changed: 2, new: y, m: {k: 1, l: 2}}"), u)
	assert.Equal(t, any(m{"same": m{"a": []any{int64(1)}}, "changed": u, "gone": u, "new": u, "m": m{"k": int64(1), "l": u}}), got)
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := jsonText(v)
	require.NoError(t, err)
	return text
}
