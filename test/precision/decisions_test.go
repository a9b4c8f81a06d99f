// SPDX-License-Identifier: Apache-2.0

package precision

import "testing"

// decisions are conditions, skips, switches and gates that known values decide, or that gate no more than they must.
var decisions = []row{
	{"beside a gate", "step", gate + use(`1`), gateLate + useDone},
	{"beside a gate, from another object", "step", gate + net + use(`steps.net.cidr`), gateLate + netDone + useDone},
	{"after a gate, with what is known", "map", gate + use(`steps.gate.cidr`), gateLate + useLate + "after gate"},
	{"after a gate, with what is unknown", "map", gate + use(`steps.gate.id`),
		gateLate + useLate + "waits gate: Network/prod/gate.status.id after gate"},
	{"after two gates", "map", gate + call("next", "ready-network", "name: next") + use(`steps.gate.cidr + steps.next.cidr`),
		gateLate + "next Deferred git Network/prod/next waits next: Network/prod/next.status.ready\n" + useLate + "after gate, next"},
	{"each after the one before", "map", gate + thing("mid", "m", `steps.gate.cidr`) + use(`steps.mid.v`),
		gateLate + "mid Deferred live Thing/prod/m after gate\n" + useLate + "after mid"},
	{"a postcondition that is decided", "step",
		"    - {label: net, ref: {kind: ResourceFunction, name: checked-network}}\n" + use(`steps.net.cidr`),
		"net Ok git Network/prod/checked\n" + useDone},
	{"an earlier condition decides", "step", net + call("use", "guarded", "enabled: false, v: =steps.net.id"), netDone + "use Skip none"},
	{"what depends on an earlier condition", "step",
		net + call("use", "guarded", "enabled: false, v: =steps.net.id") + compute("say", "echo", "v: =steps.use"),
		netDone + "use Skip none\nsay DepSkip none"},
	{"a message that is not told", "step", net + call("use", "quiet", "enabled: true, v: =steps.net.id"), netDone + useDone},
	{"an early return", "step", net + compute("say", "early", "enabled: false, v: =steps.net.id") + use(`steps.say.got`),
		netDone + "say Ok none\n" + useDone},
	{"a condition of a function", "map", net + compute("say", "admits", "v: =steps.net.id") + use(`steps.say.fixed`),
		netDone + "say Deferred none " + waitID + useLate + "after say"},
	{"skipIf decided to go on", "step", net + skipping(`steps.net.ready && false`, "1"), netDone + useDone},
	{"skipIf decided to skip", "step", net + skipping(`steps.net.ready || true`, "1"), netDone + "use Skip none"},
	{"skipIf comes before the inputs", "step", net + skipping(`true`, "=steps.net.id"), netDone + "use Skip none"},
	{"skipIf waits for what it reads", "map", net + skipping(`steps.net.ready`, "1"),
		netDone + useLate + "waits net: Network/prod/net.status.ready"},
	{"a switch on what is known", "step", net + switching(`inputs.kind`, "kind: soft, name: x, v: =steps.net.id"), netDone + "use Ok none"},
	{"a switch that is computed", "step", net + switching(`has(steps.net.id) ? "hard" : "soft"`, "name: x, v: 1"), netDone + useDone},
	{"a switch between a leaf and another", "map", net + switching(`steps.net.cidr == "no" ? steps.net.id : "hard"`, "name: x, v: 1"), netDone + useDone},
}

// skipping is a step that renders Thing/prod/x unless an expression says that it is skipped.
func skipping(skipIf, v string) string {
	return "    - {label: use, ref: {kind: ResourceFunction, name: thing}, skipIf: '=" + skipIf + "', inputs: {name: x, v: " + v + "}}\n"
}

// switching is a step that either renders Thing/prod/x (hard) or only computes (soft).
func switching(on, inputs string) string {
	return "    - {label: use, inputs: {" + inputs + "}, refSwitch: {switchOn: '=" + on + "', cases: [" +
		"{case: hard, kind: ResourceFunction, name: thing}, {case: soft, kind: ValueFunction, name: echo}]}}\n"
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	check(t, decisions)
}
