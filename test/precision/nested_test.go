// SPDX-License-Identifier: Apache-2.0

package precision

import "testing"

// nested are Workflows in Workflows.
var nested = []row{
	{"an inner step that does not need it", "step", net + run("use", "pair", "name: p, v: =steps.net.id"),
		netDone + "use Deferred none " + waitID + "use.hard Deferred live Thing/prod/p-hard " + waitID + "use.easy Ok git Thing/prod/p-easy"},
	{"no inner step needs it", "step", run("use", "pair", "name: p, v: 1"),
		"use Ok none\nuse.hard Ok git Thing/prod/p-hard\nuse.easy Ok git Thing/prod/p-easy"},
	{"a leaf of the state", "map", run("use", "tower", "name: t") + thing("end", "x", `steps.use.cidr`),
		"use Ok none\nuse.base Ok git Network/prod/t\nend Ok git Thing/prod/x"},
	{"the unknown leaf of the state", "map", run("use", "tower", "name: t") + thing("end", "x", `steps.use.id`),
		"use Ok none\nuse.base Ok git Network/prod/t\nend Deferred live Thing/prod/x waits use.base: Network/prod/t.status.id"},
	{"one of several", "list", towers + thing("end", "x", `steps.use[0].cidr`), towersDone + "end Ok git Thing/prod/x"},
	{"the unknown leaf of one of several", "list", towers + thing("end", "x", `steps.use[1].id`),
		towersDone + "end Deferred live Thing/prod/x waits use[1].base: Network/prod/t2.status.id"},
	{"known inputs after a gate", "map", gate + run("use", "pair", "name: p, v: =steps.gate.cidr"),
		gateLate + `use Deferred none after gate
		use.hard Deferred live Thing/prod/p-hard after gate
		use.easy Deferred live Thing/prod/p-easy after gate`},
	{"what is known of a deferred state", "map",
		net + run("use", "pair", "name: p, v: =steps.net.id") + thing("end", "x", `steps.use.easy`),
		netDone + "use Deferred none " + waitID + "use.hard Deferred live Thing/prod/p-hard " + waitID +
			"use.easy Ok git Thing/prod/p-easy\nend Deferred live Thing/prod/x after use"},
	{"what is unknown of a deferred state", "map",
		net + run("use", "pair", "name: p, v: =steps.net.id") + thing("end", "x", `steps.use.hard`),
		netDone + "use Deferred none " + waitID + "use.hard Deferred live Thing/prod/p-hard " + waitID +
			"use.easy Ok git Thing/prod/p-easy\nend Deferred live Thing/prod/x waits net: Network/prod/net.status.id after use"},
	{"a Workflow that a switch chooses", "step", net + "    - {label: use, inputs: {kind: two, name: p, v: =steps.net.id}, refSwitch: {switchOn: =inputs.kind, cases: [" +
		"{case: one, kind: ResourceFunction, name: thing}, {case: two, kind: Workflow, name: pair}]}}\n",
		netDone + "use Deferred none " + waitID + "use.hard Deferred live Thing/prod/p-hard " + waitID + "use.easy Ok git Thing/prod/p-easy"},
}

const (
	towers = "    - {label: use, ref: {kind: Workflow, name: tower}, forEach: {itemIn: '=[\"t1\", \"t2\"]', inputKey: name}}\n"

	towersDone = `use Ok none
	use[0] Ok none
	use[0].base Ok git Network/prod/t1
	use[1] Ok none
	use[1].base Ok git Network/prod/t2
	`
)

func TestNested(t *testing.T) {
	t.Parallel()
	check(t, nested)
}
