// SPDX-License-Identifier: Apache-2.0

package precision

import "testing"

// values are maps with unknown leaves: what is known beside them stays known, and only what is read is waited for.
var values = []row{
	{"a known leaf", "map", net + use(`steps.net.cidr`), netDone + useDone},
	{"who the object is", "map", net + use(`steps.net.ref`), netDone + useDone},
	{"one leaf is waited for", "map", net + use(`steps.net.id`), netDone + useLate + waitID},
	{"a text made of one leaf", "map", net + use(`"net-" + steps.net.id`), netDone + useLate + waitID},
	{"a field of a leaf", "map", net + use(`steps.net.zones.first["a b"]`),
		netDone + useLate + `waits net: Network/prod/net.status.zones.first["a b"]`},
	{"two leaves of four", "map", net + use(`{"a": steps.net.id, "b": steps.net.cidr, "c": steps.net.ip}`),
		netDone + useLate + "waits net: Network/prod/net.status.id, net: Network/prod/net.status.ip"},
	{"a map that is passed on whole", "map", net + call("use", "part", "from: =steps.net"), netDone + "use Ok git Thing/prod/net"},
	{"through a function", "map", net + compute("say", "echo", "v: =steps.net") + use(`steps.say.got.cidr`),
		netDone + "say Ok none\n" + useDone},
	{"through two functions", "map",
		net + compute("say", "echo", "v: =steps.net") + compute("again", "echo", "v: =steps.say.got") + use(`steps.again.got.cidr`),
		netDone + "say Ok none\nagain Ok none\n" + useDone},
	{"a leaf through a function", "map", net + compute("say", "echo", "v: =steps.net") + use(`steps.say.got.id`),
		netDone + "say Ok none\n" + useLate + waitID},
	{"a state", "map", net + say(`{"id": steps.net.id, "cidr": steps.net.cidr}`),
		netDone + `say Ok none
		state {"got":{"cidr":"10.0.0.0/8","id":{"?":["net: Network/prod/net.status.id"]}}}`},
	{"a map literal", "map", net + use(`{"a": steps.net.id, "b": 1}["b"]`), netDone + useDone},
	{"a key that is there", "map", net + use(`"id" in steps.net`), netDone + useDone},
	{"a key that is not there", "map", net + use(`"zz" in steps.net ? steps.net.id : "none"`), netDone + useDone},
	{"has() of a key", "map", net + use(`has(steps.net.id)`), netDone + useDone},
	{"has() of no key", "map", net + use(`has(steps.net.zz) ? steps.net.id : "none"`), netDone + useDone},
	{"the names of the keys", "map", net + use(`steps.net.map(k, k)`), netDone + useDone},
	{"the number of keys", "map", net + use(`size(steps.net)`), netDone + useDone},
	{"a reference", "map", net + use(`{"kind": "Network", "name": steps.net.id}.to_ref().kind`), netDone + useDone},
	{"a reference without its kind", "map", net + use(`{"kind": steps.net.id, "name": "n"}.kindless_ref()`), netDone + useDone},
	{"an unknown that is laid over", "map", net + use(`steps.net.overlay({"id": "fixed"}).id`), netDone + useDone},
	{"a leaf beside one that is laid over", "map", net + use(`{"cidr": "c"}.overlay({"id": steps.net.id}).cidr`), netDone + useDone},
	{"a difference beside an unknown", "map", net + use(`{"a": steps.net.id, "b": 1} == {"a": "x", "b": 2}`), netDone + useDone},
	{"a key too many", "map", net + use(`{"a": steps.net.id} != {"a": "x", "b": 2}`), netDone + useDone},
	{"a ternary that does not take it", "step", net + use(`steps.net.cidr == "10.0.0.0/8" ? "ten" : steps.net.id`), netDone + useDone},
	{"and with false", "step", net + use(`steps.net.ready && steps.net.cidr == "no"`), netDone + useDone},
	{"or with true", "step", net + use(`steps.net.ready || steps.net.cidr != "no"`), netDone + useDone},
	{"and with true", "map", net + use(`steps.net.ready && steps.net.cidr != "no"`),
		netDone + useLate + "waits net: Network/prod/net.status.ready"},
}

func TestValues(t *testing.T) {
	t.Parallel()
	check(t, values)
}
