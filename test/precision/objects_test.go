// SPDX-License-Identifier: Apache-2.0

package precision

import "testing"

const lookLate = "look Deferred none Network/prod/other waits look: Network/prod/other\n"

// objects are Kubernetes objects of which git knows a part: what we set is known, and only the rest is waited for.
var objects = []row{
	{"a field that we set", "object", net + use(`steps.net.whole.spec.mtu`), netDone + useDone},
	{"a label that we set", "object", net + use(`steps.net.whole.metadata.labels.env`), netDone + useDone},
	{"a label that we do not set", "map", net + use(`steps.net.whole.metadata.labels.other`),
		netDone + useLate + "waits net: Network/prod/net.metadata.labels.other"},
	{"whether a label that we set is there", "object", net + use(`"env" in steps.net.whole.metadata.labels`), netDone + useDone},
	{"labels that differ", "object", net + use(`steps.net.whole.metadata.labels == {"env": "dev"}`), netDone + useDone},
	{"has() of a field that we set", "object", net + use(`has(steps.net.whole.spec.cidr)`), netDone + useDone},
	{"a false that a server may drop", "object", net + use(`steps.net.whole.spec.drained`),
		netDone + useLate + "waits net: Network/prod/net.spec.drained"},
	{"a reference to the object", "object", net + use(`steps.net.whole.self_ref()`), netDone + useDone},
	{"an object that is laid over", "object", net + use(`steps.net.whole.overlay({"spec": {"cidr": "x"}}).spec.cidr`), netDone + useDone},
	{"a field below one that is laid over", "object", net + use(`steps.net.whole.overlay({"spec": {"cidr": "x"}}).spec.mtu`), netDone + useDone},
	{"status of an object that is laid over", "object", net + use(`steps.net.whole.overlay({"spec": {"cidr": "x"}}).status.id`), netDone + useLate + waitID},
	{"an item of a list of maps", "list", net + use(`steps.net.whole.spec.ranges[1].cidr`), netDone + useDone},
	{"an item that we do not have", "list", net + use(`steps.net.whole.spec.ranges[2].cidr`),
		netDone + useLate + "waits net: Network/prod/net.spec.ranges[2].cidr"},
	{"a field of an item that we do not set", "list", net + use(`steps.net.whole.spec.ranges[0].gateway`),
		netDone + useLate + "waits net: Network/prod/net.spec.ranges[0].gateway"},
	{"an item that exists", "list", net + use(`steps.net.whole.spec.ranges.exists(r, r.name == "pods")`), netDone + useDone},
	{"how many maps there are", "object", net + use(`size(steps.net.whole.spec.ranges)`),
		netDone + useLate + "waits net: Network/prod/net.spec.ranges"},
	{"how many texts there are", "list", net + use(`size(steps.net.whole.spec.tags)`), netDone + useDone},
	{"texts of a list", "list", net + use(`steps.net.whole.spec.tags.map(t, t + "-x")`), netDone + useDone},

	{"the trigger's spec", "object", use(`parent.spec.size`), useDone},
	{"what the trigger's spec lacks", "object", use(`has(parent.spec.color) ? parent.spec.color : "grey"`), useDone},
	{"a label that the trigger lacks", "object", use(`has(parent.metadata.labels.app)`), useDone},
	{"all labels of the trigger", "map", use(`parent.metadata.labels == {"team": "blue"}`), useDone},
	{"the trigger's spec as one value", "object", use(`to_json(parent.spec)`), useDone},
	{"a list of the trigger", "list", use(`parent.spec.names.map(n, n + "-a")`), useDone},
	{"the trigger's uid", "object", use(`parent.metadata.uid`), useLate + "waits parent: App/prod/a.metadata.uid"},
	{"a spec beside the uid", "map", use(`{"uid": parent.metadata.uid, "size": parent.spec.size}.size`), useDone},
	{"the trigger's state", "object", use(`parent.state.color`), useLate + "waits parent: App/prod/a.status.state.color"},

	{"read from the input", "object", read("given") + use(`steps.look.cidr`), "look Ok none Network/prod/given\n" + useDone},
	{"status of what is read from the input", "map", read("given") + use(`{"c": steps.look.cidr, "i": steps.look.id}`),
		"look Ok none Network/prod/given\n" + useLate + "waits look: Network/prod/given.status.id"},
	{"read from an earlier step", "object", net + read("net") + use(`steps.look.cidr`),
		netDone + "look Ok none Network/prod/net\n" + useDone},
	{"the name of what is read", "object", read("other") + use(`steps.look.name`), lookLate + useLate + "after look"},
	{"a field of what is read", "object", read("other") + use(`steps.look.cidr`),
		lookLate + useLate + "waits look: Network/prod/other.spec.cidr after look"},
	{"beside what is read", "step", read("other") + use(`1`), lookLate + useDone},
}

// read is a step that only reads a Network.
func read(name string) string { return call("look", "reads", "name: "+name) }

func TestObjects(t *testing.T) {
	t.Parallel()
	check(t, objects)
}
