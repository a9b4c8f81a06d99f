// SPDX-License-Identifier: Apache-2.0

package precision

import "testing"

// lists are lists with unknown items, or with unknown leaves in them.
var lists = []row{
	{"an item beside an unknown", "list", net + use(`[steps.net.id, "x"][1]`), netDone + useDone},
	{"the unknown item", "list", net + use(`[steps.net.id, steps.net.ip][0]`), netDone + useLate + waitID},
	{"the length", "list", net + use(`size([steps.net.id, steps.net.ip])`), netDone + useDone},
	{"lists joined", "list", net + use(`([steps.net.id] + ["z"])[1]`), netDone + useDone},
	{"lists flattened", "list", net + use(`[[steps.net.id], ["z"]].flatten()[1]`), netDone + useDone},
	{"lists of another length", "list", net + use(`[steps.net.id] == ["a", "b"]`), netDone + useDone},
	{"lists with another item", "list", net + use(`[steps.net.id, 1] == ["a", 2]`), netDone + useDone},
	{"a known leaf of each item", "list",
		net + use(`[{"n": "a", "id": steps.net.id}, {"n": "b", "id": 1}].map(x, x.n).join(",")`), netDone + useDone},
	{"a filter on what is known", "list",
		net + use(`[{"n": "a", "id": steps.net.id}, {"n": "b", "id": 1}].filter(x, x.n == "b")[0].id`), netDone + useDone},
	{"a filter that keeps the unknown", "map",
		net + use(`[{"n": "a", "id": steps.net.id, "ip": steps.net.ip}].filter(x, x.n == "a")[0].id`), netDone + useLate + waitID},
	{"folded over what is known", "list",
		net + use(`[{"n": "a", "id": steps.net.id}, {"n": "b", "id": 1}].reduce(acc, x, "", acc + x.n)`), netDone + useDone},
	{"one that exists", "list", net + use(`[steps.net.id, "b"].exists(x, x == "b")`), netDone + useDone},
	{"one that is against all", "list", net + use(`[steps.net.id, "b"].all(x, x == "c")`), netDone + useDone},
	{"one that is in", "list", net + use(`"b" in [steps.net.id, "b"]`), netDone + useDone},
	{"nothing is in nothing", "step", net + use(`steps.net.id in []`), netDone + useDone},
	{"a loop in a loop", "list",
		net + use(`[{"n": "a", "ids": [steps.net.id, "q"]}].map(x, x.ids.map(i, x.n))[0][1]`), netDone + useDone},

	{"items that do not need it", "list",
		net + each("part", "from", `["a", "b"].map(n, {"name": n, "cidr": "c-" + n, "id": steps.net.id})`, "{}"),
		netDone + "use Ok none\nuse[0] Ok git Thing/prod/a\nuse[1] Ok git Thing/prod/b"},
	{"one item needs it", "list",
		net + each("part", "from", `[{"name": "a", "cidr": "c"}, {"name": "b", "cidr": steps.net.ip}]`, "{}"),
		netDone + `use Deferred none waits net: Network/prod/net.status.ip
		use[0] Ok git Thing/prod/a
		use[1] Deferred live Thing/prod/b waits net: Network/prod/net.status.ip`},
	{"each item waits for its own", "list",
		net + each("part", "from", `[{"name": "a", "cidr": steps.net.id}, {"name": "b", "cidr": steps.net.ip}]`, "{}"),
		netDone + `use Deferred none waits net: Network/prod/net.status.id, net: Network/prod/net.status.ip
		use[0] Deferred live Thing/prod/a waits net: Network/prod/net.status.id
		use[1] Deferred live Thing/prod/b waits net: Network/prod/net.status.ip`},
	{"one result of many", "list", net + eachValue(`[steps.net.id, "z"]`) + use(`steps.say[1].got`),
		netDone + "say Ok none\nsay[0] Ok none\nsay[1] Ok none\n" + useDone},
	{"how many results", "list", net + eachValue(`[steps.net.id, "z"]`) + use(`size(steps.say)`),
		netDone + "say Ok none\nsay[0] Ok none\nsay[1] Ok none\n" + useDone},
	{"the result that is unknown", "list", net + eachValue(`[steps.net.ip, steps.net.id]`) + use(`steps.say[1].got`),
		netDone + "say Ok none\nsay[0] Ok none\nsay[1] Ok none\n" + useLate + waitID},
	{"after items of which one needs it", "list",
		net + each("part", "from", `[{"name": "a", "cidr": "c"}, {"name": "b", "cidr": steps.net.ip}]`, "{}") + thing("end", "z", `size(steps.use)`),
		netDone + `use Deferred none waits net: Network/prod/net.status.ip
		use[0] Ok git Thing/prod/a
		use[1] Deferred live Thing/prod/b waits net: Network/prod/net.status.ip
		end Deferred live Thing/prod/z after use`},
}

// each is a step that calls a ResourceFunction for every item of a list.
func each(function, key, items, inputs string) string {
	return "    - {label: use, ref: {kind: ResourceFunction, name: " + function + "}, forEach: {itemIn: '=" + items +
		"', inputKey: " + key + "}, inputs: " + inputs + "}\n"
}

// eachValue is a step that computes something for every item of a list.
func eachValue(items string) string {
	return "    - {label: say, ref: {kind: ValueFunction, name: echo}, forEach: {itemIn: '=" + items + "', inputKey: v}}\n"
}

func TestLists(t *testing.T) {
	t.Parallel()
	check(t, lists)
}
