// SPDX-License-Identifier: Apache-2.0

package expr

var macroDocs = []Function{
	{"has", []string{"has(any) bool"}, "Whether the argument can be evaluated. It never fails: any part of a path may be missing, " +
		"even its variable. A key whose value is null is there.",
		[]Example{{`has({"a": {}}.a.b.c)`, `false`}, {`has({"a": null}.a)`, `true`}, {`has([1][3])`, `false`}}},
	{"map", []string{"list.map(x, any) list", "list.map(x, bool, any) list", "map.map(key, any) list"},
		"The expression's value for each item, or for each key of a map in order; with a test, for those that meet it.",
		[]Example{{`[1, 2].map(x, x * 2)`, `[2, 4]`}, {`{"b": 1, "a": 2}.map(k, k)`, `["a", "b"]`}, {`[1, 2, 3].map(x, x > 1, x * 2)`, `[4, 6]`}}},
	{"filter", []string{"list.filter(x, bool) list", "map.filter(key, bool) list"}, "The items, or keys of a map, that meet the test.",
		[]Example{{`[1, 2, 3].filter(x, x > 1)`, `[2, 3]`}}},
	{"all", []string{"list.all(x, bool) bool", "map.all(key, bool) bool"},
		"Whether every item meets the test. One that does not decides, even when others fail.",
		[]Example{{`[1, 2].all(x, x > 0)`, `true`}, {`[].all(x, x > 0)`, `true`}, {`[0, 1].all(x, 1 / x > 1)`, `false`}}},
	{"exists", []string{"list.exists(x, bool) bool", "map.exists(key, bool) bool"},
		"Whether some item meets the test. One that does decides, even when others fail.",
		[]Example{{`[1, 2].exists(x, x == 2)`, `true`}, {`{"a": 1}.exists(k, k == "b")`, `false`}, {`[0, 1].exists(x, 1 / x == 1)`, `true`}}},
	{"exists_one", []string{"list.exists_one(x, bool) bool", "map.exists_one(key, bool) bool"}, "Whether exactly one item meets the test.",
		[]Example{{`[1, 2, 2].exists_one(x, x == 1)`, `true`}, {`[1, 2, 2].exists_one(x, x == 2)`, `false`}}},
	{"reduce", []string{"list.reduce(acc, x, any, any) any"},
		"Folds a list from the left: the accumulator starts as the third argument and becomes the fourth for each item.",
		[]Example{{`[1, 2, 3].reduce(sum, x, 0, sum + x)`, `6`}, {`["a", "b"].reduce(m, k, {}, m.overlay({k: true}))`, `{"a": true, "b": true}`}}},
	{"sortBy", []string{"list.sortBy(x, any) list"}, "The items in the order of their keys, which must all be numbers, or all strings. " +
		"Items with equal keys keep their order.",
		[]Example{{`[{"n": 2}, {"n": 1}].sortBy(x, x.n)`, `[{"n": 1}, {"n": 2}]`}}},
}

const object = `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "prod"}}`

var koreoDocs = []Function{
	{"self_ref", []string{"self_ref(map) map"}, "The apiVersion, kind, name and namespace of a whole object. Each must be set.",
		[]Example{{object + `.self_ref()`, `{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "prod"}`},
			{`{"kind": "K"}.self_ref()`, ``}}},
	{"to_ref", []string{"to_ref(map) map"}, "A reference: apiVersion and kind where set, then external, or else name and, where set, " +
		"namespace. It fails when external or name is empty, or neither is there.",
		[]Example{{`{"kind": "K", "name": "n", "size": 1}.to_ref()`, `{"kind": "K", "name": "n"}`},
			{`{"external": "e", "name": "n"}.to_ref()`, `{"external": "e"}`}, {`{}.to_ref()`, ``}}},
	{"group_ref", []string{"group_ref(map) map"}, "As to_ref, with apiGroup in the place of apiVersion: its own, or the part of " +
		"apiVersion before the slash, which is empty for core objects.",
		[]Example{{`{"apiVersion": "apps/v1", "kind": "K", "name": "n"}.group_ref()`, `{"apiGroup": "apps", "kind": "K", "name": "n"}`},
			{`{"apiVersion": "v1", "kind": "K", "name": "n"}.group_ref()`, `{"apiGroup": "", "kind": "K", "name": "n"}`}}},
	{"kindless_ref", []string{"kindless_ref(map) map"}, "As to_ref, without apiVersion and kind.",
		[]Example{{`{"kind": "K", "name": "n", "namespace": "s"}.kindless_ref()`, `{"name": "n", "namespace": "s"}`}}},
	{"config_connect_ready", []string{"config_connect_ready(map) bool"}, "Whether status.conditions of a Config Connector object has " +
		"exactly one Ready item, and that one is True with reason UpToDate.",
		[]Example{{`config_connect_ready({"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "UpToDate"}]}})`, `true`},
			{`config_connect_ready({})`, `false`}}},
	{"overlay", []string{"overlay(map, map) map"}, "The first map with the second merged over it: maps are merged at any depth; lists, " +
		"null and other values replace what was there.",
		[]Example{{`{"a": {"x": 1}, "l": [1]}.overlay({"a": {"y": 2}, "l": []})`, `{"a": {"x": 1, "y": 2}, "l": []}`},
			{`{"a": {"x": 1}}.overlay({"a": {}})`, `{"a": {"x": 1}}`}, {`{"a": 1}.overlay({"a": null})`, `{"a": null}`}}},
	{"keys", []string{"keys(map) list"}, "The keys of a map in order.", []Example{{`{"b": 1, "a": 2}.keys()`, `["a", "b"]`}}},
	{"values", []string{"values(map) list"}, "The values of a map in the order of its keys.", []Example{{`{"b": 1, "a": 2}.values()`, `[2, 1]`}}},
	{"to_json", []string{"to_json(any) string"}, "JSON text with sorted keys, a space behind commas and colons, and everything beyond " +
		"ASCII escaped. Timestamps, durations and bytes are errors.",
		[]Example{{`{"b": [true, null], "a": 1.0}.to_json()`, `"{\"a\": 1.0, \"b\": [true, null]}"`}, {`to_json("é")`, `"\"\\u00e9\""`},
			{`to_json(duration("1s"))`, ``}}},
	{"from_json", []string{"from_json(string) any"}, "The value of JSON text.",
		[]Example{{`from_json("{\"a\": [1, 2.5]}")`, `{"a": [1, 2.5]}`}, {`from_json("")`, ``}}},
	{"b64encode", []string{"b64encode(string) string"}, "The UTF-8 bytes of a text in base64.", []Example{{`"hi".b64encode()`, `"aGk="`}}},
	{"b64decode", []string{"b64decode(string) string"}, "The UTF-8 text that base64 holds.",
		[]Example{{`"aGk=".b64decode()`, `"hi"`}, {`"!!".b64decode()`, ``}}},
}
