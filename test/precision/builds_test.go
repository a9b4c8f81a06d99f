// SPDX-License-Identifier: Apache-2.0

package precision

import "testing"

// builds are objects that are put together from known and unknown parts, and what comes after them.
var builds = []row{
	{"an unknown that an overlay replaces", "step", net + call("use", "settled", "v: =steps.net.id"), netDone + useDone},
	{"an overlay that is left out for sure", "step", net + call("use", "left-out", "v: =steps.net.id"), netDone + useDone},
	{"an overlay that reads what is known", "map", net + call("use", "reread", "v: =steps.net.id"), netDone + useDone},
	{"an overlay function that does not use it", "step", net + call("use", "labelled", "v: =steps.net.id"), netDone + useDone},
	{"a namespace that is not known", "object", net + call("use", "spaced", "v: =steps.net.id"), netDone + "use Deferred live " + waitID},
	{"after a namespace that is not known", "object", net + call("use", "spaced", "v: =steps.net.id") + thing("end", "z", `steps.use.fixed`),
		netDone + "use Deferred live " + waitID + "end Deferred live Thing/prod/z after use"},
	{"the name beside a namespace that is not known", "object", net + call("use", "spaced", "v: =steps.net.id") + thing("end", "z", `steps.use.name`),
		netDone + "use Deferred live " + waitID + "end Deferred live Thing/prod/z after use"},
	{"what is known of a deferred object", "object", net + thing("mid", "m", `steps.net.id`) + use(`steps.mid.fixed`),
		netDone + "mid Deferred live Thing/prod/m " + waitID + useLate + "after mid"},
	{"what is unknown of a deferred object", "object", net + thing("mid", "m", `steps.net.id`) + use(`steps.mid.v`),
		netDone + "mid Deferred live Thing/prod/m " + waitID + useLate + "waits net: Network/prod/net.status.id after mid"},
	{"the status of a deferred object", "object", net + thing("mid", "m", `steps.net.id`) + use(`steps.mid.code`),
		netDone + "mid Deferred live Thing/prod/m " + waitID + useLate + "waits mid: Thing/prod/m.status.code after mid"},
	{"an object that needs nothing of it", "step", net + thing("mid", "m", `steps.net.id`) + use(`steps.net.cidr`),
		netDone + "mid Deferred live Thing/prod/m " + waitID + useDone},
}

func TestBuilds(t *testing.T) {
	t.Parallel()
	check(t, builds)
}
