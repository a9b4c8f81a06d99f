// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/schema"
)

// netFunctions make a network and return what is known of it and what is not.
const netFunctions = `
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: net}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: =inputs.name, namespace: prod}
  resource: {spec: {cidr: =inputs.name, tier: premium, size: 3, tags: [a]}, data: {}}
  return:
    ref: =resource.self_ref()
    link: =resource.status.link
    tier: =resource.spec.tier
    cidr: =resource.spec.cidr
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: ready-net}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: x, namespace: prod}
  resource: {}
  postconditions: [{assert: =resource.status.ready, retry: {message: wait, delay: 3}}]
  return: {ref: =resource.self_ref()}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: plain}
spec:
  return: {out: =inputs.arg, fixed: 1}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: checked}
spec:
  preconditions: [{assert: =inputs.arg.tier == 'x', skip: {message: no tier}}]
  return: {}
`

// mainWith is a Workflow of the given steps, with netFunctions and more definitions.
func mainWith(steps, more string) string {
	return "apiVersion: koreo.dev/v1beta1\nkind: Workflow\nmetadata: {name: main}\nspec:\n  steps:\n" + steps + netFunctions + more
}

const (
	stepNet   = "    - {label: net, ref: {kind: ResourceFunction, name: net}, inputs: {name: =parent.metadata.name}}\n"
	stepReady = "    - {label: net, ref: {kind: ResourceFunction, name: ready-net}}\n"
)

// oneStep is a further step, in flow style.
func oneStep(fields string) string { return "    - {label: next, " + fields + "}\n" }

// told writes what Deferrals says, a line for each cause, without places.
func told(list []StepDeferral, prefix string) string {
	var b strings.Builder
	for _, s := range list {
		path := prefix + s.Label
		if !s.May {
			fmt.Fprintf(&b, "%s never\n", path)
		}
		for _, c := range s.Causes {
			fmt.Fprintf(&b, "%s may: %s: %s\n", path, c.Kind, placed.ReplaceAllString(c.Text, "$1"))
		}
		for _, c := range s.GateCauses {
			fmt.Fprintf(&b, "%s gates: %s: %s\n", path, c.Kind, placed.ReplaceAllString(c.Text, "$1"))
		}
		b.WriteString(told(s.Inner, path+"."))
	}
	return b.String()
}

// placed is a word with its place, and read is a path with that.
var (
	placed = regexp.MustCompile(`(\S+) \(a\.yaml:\d+:\d+\)`)
	read   = regexp.MustCompile(`(?:reads|from) (\S+) \(a\.yaml:(\d+):(\d+)\)`)
)

// assertPlaces holds the places in causes to the program: the path begins there.
func assertPlaces(t *testing.T, text string, list []StepDeferral) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, s := range list {
		for _, c := range slices.Concat(s.Causes, s.GateCauses) {
			assert.Equal(t, "a.yaml", c.At.File, c.Text)
			for _, m := range read.FindAllStringSubmatch(c.Text, -1) {
				line, _ := strconv.Atoi(m[2])
				column, _ := strconv.Atoi(m[3])
				root := m[1][:strings.IndexAny(m[1]+".", ".[")]
				assert.Regexp(t, "^"+root+"\\b", lines[line-1][column-1:], c.Text)
			}
		}
		assertPlaces(t, text, s.Inner)
	}
}

func TestDeferrals(t *testing.T) {
	t.Parallel()
	function := func(spec string) string {
		return "---\napiVersion: koreo.dev/v1beta1\nkind: ResourceFunction\nmetadata: {name: own}\nspec:\n" + spec
	}
	const (
		own   = "ref: {kind: ResourceFunction, name: own}"
		named = "  apiConfig: {apiVersion: v1, kind: ConfigMap, name: own, namespace: prod}\n"
		link  = "steps.net.link, which ResourceFunction net returns from resource.status.link"
	)
	tests := []struct {
		name, text string
		rules      Rules
		want       []string
	}{
		{"what git knows of an object", mainWith(stepNet+oneStep("ref: {kind: ValueFunction, name: checked}, inputs: {arg: =steps.net}"), ""), Rules{},
			[]string{"net never", "next never"}},
		{"a whole trigger, of which only what git has is read", mainWith(oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =parent, meta: =parent.metadata}"), ""), Rules{},
			[]string{"next never"}},
		{"a field that may be stored in another form", mainWith(stepNet+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.cidr}"), ""), Rules{},
			[]string{"net never", "next may: inputs: its input arg reads steps.net.cidr, which ResourceFunction net returns from resource.spec.cidr, which a server may fill in or change"}},
		{"inputs", mainWith(stepNet+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: {deep: [=steps.net.link]}}"), ""), Rules{},
			[]string{"net never", "next may: inputs: its input arg reads " + link}},
		{"inputs in a map that an expression makes", mainWith(stepNet+oneStep(`ref: {kind: ValueFunction, name: plain}, inputs: {arg: "={'a': [steps.net.link]}"}`), ""), Rules{},
			[]string{"net never", "next may: inputs: its input arg reads " + link}},
		{"the uid of the trigger", mainWith(oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =parent.metadata.uid}"), ""), Rules{},
			[]string{"next may: inputs: its input arg reads parent.metadata.uid, which only the cluster knows"}},
		{"whether the trigger has a status", mainWith(oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =has(parent.status)}"), ""), Rules{},
			[]string{"next may: inputs: its input arg reads parent.status, which only the cluster knows"}},
		{"the state of the trigger", mainWith(oneStep("skipIf: =parent.state.done, ref: {kind: ValueFunction, name: plain}, inputs: {arg: 1}"), ""), Rules{},
			[]string{"next may: skipIf: its skipIf reads parent.state.done, which only the cluster knows"}},
		{"has of a result is known", mainWith(stepNet+oneStep("skipIf: =has(steps.net.link), ref: {kind: ValueFunction, name: plain}, inputs: {arg: 1}"), ""), Rules{},
			[]string{"net never", "next never"}},
		{"skipIf", mainWith(stepNet+oneStep("skipIf: =steps.net.link == '', ref: {kind: ValueFunction, name: plain}, inputs: {arg: 1}"), ""), Rules{},
			[]string{"net never", "next may: skipIf: its skipIf reads " + link}},
		{"switchOn", mainWith(stepNet+oneStep("refSwitch: {switchOn: =inputs.arg.link, cases: [{case: a, kind: ValueFunction, name: plain}]}, inputs: {arg: =steps.net}"), ""), Rules{},
			[]string{"net never", "next may: switchOn: its refSwitch.switchOn reads inputs.arg.link, which step next gets from steps.net.link, which ResourceFunction net returns from resource.status.link"}},
		{"itemIn", mainWith(stepNet+oneStep("forEach: {itemIn: =steps.net.link, inputKey: arg}, ref: {kind: ValueFunction, name: plain}"), ""), Rules{},
			[]string{"net never", "next may: itemIn: its forEach.itemIn reads " + link}},
		{"items that are not known, of a list that is", mainWith(stepNet+oneStep(`forEach: {itemIn: "=[steps.net]", inputKey: arg}, ref: {kind: ValueFunction, name: checked}`), ""), Rules{},
			[]string{"net never", "next never"}},
		{"a condition", mainWith(stepNet+oneStep("ref: {kind: ValueFunction, name: checked}, inputs: {arg: {tier: =steps.net.link}}"), ""), Rules{},
			[]string{"net never", "next may: inputs: its input arg reads " + link,
				"next may: precondition: its precondition reads inputs.arg.tier, which step next gets from " + link}},
		{"name and namespace", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(`
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.net.link, namespace: =inputs.net.link}
  resource: {}
`)), Rules{},
			[]string{"net never",
				"next may: identity: the name of its object reads inputs.net.link, which step next gets from " + link,
				"next may: identity: the namespace of its object reads inputs.net.link, which step next gets from " + link}},
		{"the object, by way of a local", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(named+`
  locals: {l: =inputs.net.link}
  resource: {data: {ref: =inputs.net.ref.name, l: [=locals.l]}}
`)), Rules{},
			[]string{"net never", "next may: target: its object's data.l[] reads locals.l, which ResourceFunction own computes from inputs.net.link, which step next gets from " + link}},
		{"texts that a server stores as they are, and one that it does not",
			mainWith("    - {label: net, "+own+"}\n"+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.bytes, data: =steps.net.data, label: =steps.net.label}"),
				function(named+"  resource: {metadata: {labels: {app: '5'}}, data: {k: AAEC}, binaryData: {k: AAEC}}\n"+
					"  return: {bytes: =resource.binaryData.k, data: =resource.data.k, label: =resource.metadata.labels.app}\n")), Rules{},
			[]string{"net never",
				"next may: inputs: its input arg reads steps.net.bytes, which ResourceFunction own returns from resource.binaryData.k, which a server may fill in or change"}},
		{"the same in another kind",
			mainWith("    - {label: net, "+own+"}\n"+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.bytes}"),
				function("  apiConfig: {apiVersion: example.com/v1, kind: ConfigMap, name: own, namespace: prod}\n"+
					"  resource: {binaryData: {k: AAEC}}\n  return: {bytes: =resource.binaryData.k}\n")), Rules{},
			[]string{"net never", "next never"}},
		{"as another schema has it",
			mainWith("    - {label: net, "+own+"}\n"+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.bytes}"),
				function(named+"  resource: {binaryData: {k: AAEC}}\n  return: {bytes: =resource.binaryData.k}\n")), Rules{Schema: schema.Join()},
			[]string{"net never", "next never"}},
		{"directives are not written", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(named+`
  resource: {data: {l: [1], x-koreo-compare-as-set: '=[inputs.net.link]'}}
`)), Rules{},
			[]string{"net never", "next never"}},
		{"overlays", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(named+`
  resource: {data: {a: 1, b: 2}}
  overlays:
    - {overlay: {data: {a: =inputs.net.link}}}
    - {overlay: {data: {a: 4}}}
    - {skipIf: =inputs.net.link == '', overlay: {data: {b: 3}}}
    - {overlayRef: {kind: ValueFunction, name: plain}, inputs: {arg: =inputs.net.link}}
`)), Rules{},
			[]string{"net never",
				"next may: target: the skipIf of its overlay 3 reads inputs.net.link, which step next gets from " + link,
				"next may: target: its object's out reads inputs.arg, which ResourceFunction own passes from inputs.net.link, which step next gets from " + link}},
		{"an overlay function's precondition", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(named+`
  resource: {data: {}}
  overlays: [{overlayRef: {kind: ValueFunction, name: checked}, inputs: {arg: {tier: =inputs.net.link}}}]
`)), Rules{},
			[]string{"net never", "next may: precondition: a precondition of its overlay 1 reads inputs.arg.tier, which ResourceFunction own passes from inputs.net.link, which step next gets from " + link}},
		{"the name of a template", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(named+`
  resourceTemplateRef: {name: =inputs.net.link}
`)), Rules{},
			[]string{"net never", "next may: target: the name of its template reads inputs.net.link, which step next gets from " + link}},
		{"pin", mainWith(oneStep(own), strings.Replace(function(named+"  resource: {}\n"), "name: own}", "name: own, annotations: {korender.dev/apply: live}}", 1)), Rules{},
			[]string{"next may: pin: its annotation korender.dev/apply says live"}},
		{"create.enabled", mainWith(oneStep(own), function(named+"  resource: {}\n  create: {enabled: false}\n")), Rules{},
			[]string{"next may: createEnabled: `create.enabled` is false, and git does not know whether its object exists"}},
		{"deleteIfExists", mainWith(oneStep(own), function("  apiConfig: {apiVersion: v1, kind: ConfigMap, name: own, namespace: prod, deleteIfExists: true}\n  resource: {}\n")), Rules{},
			[]string{"next may: deleteIfExists: `deleteIfExists` is asked for, and git does not know whether its object exists"}},
		{"policies that defer", mainWith(oneStep(own), function(named+"  resource: {}\n  create: {overlay: {data: {a: 1}}}\n  update: {never: {}}\n")),
			Rules{NeverDefers: true, CreateOverlayDefers: true},
			[]string{
				"next may: policy: `create.overlay` makes creation differ from later updates, and git does not know whether its object exists",
				"next may: policy: `update.never` lets nobody change its object once it exists, which git cannot promise"}},
		{"recreate", mainWith(oneStep(own), function(named+"  resource: {}\n  update: {recreate: {}}\n")), Rules{RecreateDefers: true},
			[]string{"next may: policy: `update.recreate` deletes its object when it differs, which git cannot do"}},
		{"policies that are git's", mainWith(oneStep(own), function(named+"  resource: {}\n  create: {overlay: {data: {a: 1}}}\n  update: {recreate: {}}\n")), Rules{NeverDefers: true},
			[]string{"next never"}},
		{"create.overlay as a part of the object", mainWith(stepNet+oneStep(own+", inputs: {net: =steps.net}"), function(named+"  resource: {}\n  create: {overlay: {data: {a: =inputs.net.link}}}\n")), Rules{},
			[]string{"net never", "next may: target: its object's data.a reads inputs.net.link, which step next gets from " + link}},
		{"a gate and those behind it", mainWith(stepReady+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.ref}")+
			"    - {label: last, ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.next.out}}\n"+
			"    - {label: other, ref: {kind: ValueFunction, name: plain}, inputs: {arg: 1}}\n", ""), Rules{},
			[]string{"net never", "net gates: postcondition: its postcondition reads resource.status.ready",
				"next may: dependency: it comes after step net, whose postcondition reads resource.status.ready",
				"last may: dependency: it comes after step next, which may defer", "other never"}},
		{"a gate with waves", mainWith(stepReady+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.ref}"), ""), Rules{Ordered: true},
			[]string{"net never", "net gates: postcondition: its postcondition reads resource.status.ready", "next never"}},
		{"an object that is only read", mainWith("    - {label: net, "+own+"}\n"+oneStep("ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.net.name, data: =steps.net.data}"),
			function("  apiConfig: {apiVersion: v1, kind: ConfigMap, name: own, namespace: prod, readonly: true}\n  resource: {}\n"+
				"  return: {name: =resource.metadata.name, data: =resource.data.key}\n")), Rules{Ordered: true},
			[]string{"net never", "net gates: readonly: its object is only read, and git does not know whether it exists",
				"next may: dependency: it comes after step net, whose object is only read, and git does not know whether it exists",
				"next may: inputs: its input data reads steps.net.data, which ResourceFunction own returns from resource.data.key, of an object that is only read"}},
		{"all cases of a switch", mainWith(oneStep("refSwitch: {switchOn: =inputs.arg, cases: [{case: a, kind: ValueFunction, name: plain, default: true}, {case: b, kind: ResourceFunction, name: own}]}, inputs: {arg: a}")+
			"    - {label: last, ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.next.out, ip: =steps.next.ip}}\n",
			function(named+"  resource: {}\n  create: {enabled: false}\n  return: {ip: =resource.status.ip}\n")), Rules{},
			[]string{"next may: createEnabled: `create.enabled` is false, and git does not know whether its object exists",
				"last may: dependency: it comes after step next, which may defer",
				"last may: inputs: its input ip reads steps.next.ip, which ResourceFunction own returns from resource.status.ip"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := compile(t, tt.text)
			list := p.Deferrals(p.Workflows["main"], tt.rules)
			assert.Equal(t, strings.Join(tt.want, "\n")+"\n", told(list, ""))
			assertPlaces(t, tt.text, list)
		})
	}
}

const innerWorkflow = `
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: inner}
spec:
  steps:
    - {label: net, ref: {kind: ResourceFunction, name: ready-net}, state: {ref: =value.ref}}
    - {label: value, ref: {kind: ValueFunction, name: plain}, inputs: {arg: =parent.arg}, state: {out: =value.out}}
    - {label: fixed, ref: {kind: ValueFunction, name: plain}, inputs: {arg: 1}}
`

func TestDeferralsInside(t *testing.T) {
	t.Parallel()
	const inner = "ref: {kind: Workflow, name: inner}"
	tests := []struct{ name, steps, want string }{
		{"known inputs", oneStep(inner + ", inputs: {arg: 1}"), `
next never
next gates: postcondition: its step net's postcondition reads resource.status.ready
next.net never
next.net gates: postcondition: its postcondition reads resource.status.ready
next.value never
next.fixed never
`},
		{"inputs reach those that read them", stepNet + oneStep(inner+", inputs: {arg: =steps.net.link}"), `
net never
next may: inputs: its input arg reads steps.net.link, which ResourceFunction net returns from resource.status.link
next may: dependency: its inner step value may defer
next gates: postcondition: its step net's postcondition reads resource.status.ready
next.net never
next.net gates: postcondition: its postcondition reads resource.status.ready
next.value may: inputs: its input arg reads parent.arg, which step next gets from steps.net.link, which ResourceFunction net returns from resource.status.link
next.fixed never
`},
		{"what holds the outer step holds all", oneStep("skipIf: =has(parent.status.done), " + inner + ", inputs: {arg: 1}"), `
next may: skipIf: its skipIf reads parent.status.done, which only the cluster knows
next may: dependency: its inner step net may defer
next may: dependency: its inner step value may defer
next may: dependency: its inner step fixed may defer
next gates: postcondition: its step net's postcondition reads resource.status.ready
next.net may: dependency: it belongs to step next, which may defer
next.net gates: postcondition: its postcondition reads resource.status.ready
next.value may: dependency: it belongs to step next, which may defer
next.fixed may: dependency: it belongs to step next, which may defer
`},
		{"state", oneStep(inner+", inputs: {arg: =parent.metadata.uid}") +
			"    - {label: last, ref: {kind: ValueFunction, name: plain}, inputs: {arg: =steps.next.out, ref: =steps.next.ref.name}}\n", `
next may: inputs: its input arg reads parent.metadata.uid, which only the cluster knows
next may: dependency: its inner step value may defer
next gates: postcondition: its step net's postcondition reads resource.status.ready
next.net never
next.net gates: postcondition: its postcondition reads resource.status.ready
next.value may: inputs: its input arg reads parent.arg, which step next gets from parent.metadata.uid, which only the cluster knows
next.fixed never
last may: dependency: it comes after step next, which may defer
last may: inputs: its input arg reads steps.next.out, which the state of step value takes from value.out, which ValueFunction plain returns from inputs.arg, which step value gets from parent.arg, which step next gets from parent.metadata.uid, which only the cluster knows
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := mainWith(tt.steps, innerWorkflow)
			p, _ := compile(t, text)
			list := p.Deferrals(p.Workflows["main"], Rules{})
			assert.Equal(t, strings.TrimPrefix(tt.want, "\n"), told(list, ""))
			assertPlaces(t, text, list)
		})
	}
}

func TestFindDeferral(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, mainWith(oneStep("ref: {kind: Workflow, name: inner}, inputs: {arg: 1}"), innerWorkflow))
	list := p.Deferrals(p.Workflows["main"], Rules{})
	for path, label := range map[string]string{"next": "next", "next[2]": "next", "next[2].net": "net", "next.fixed": "fixed"} {
		found := FindDeferral(list, path)
		require.NotNil(t, found, path)
		assert.Equal(t, label, found.Label, path)
	}
	assert.Nil(t, FindDeferral(list, "other"))
	assert.Nil(t, FindDeferral(list, "next.other"))
}

// Sub-workflows that call each other twice, many levels deep, are looked at one by one only up to a bound.
func TestDeferralsAreBounded(t *testing.T) {
	t.Parallel()
	text := mainWith("    - {label: next, ref: {kind: Workflow, name: w0}, inputs: {arg: =parent.metadata.uid}}\n", "")
	const depth = 30
	for i := range depth {
		text += fmt.Sprintf("---\napiVersion: koreo.dev/v1beta1\nkind: Workflow\nmetadata: {name: w%d}\nspec:\n  steps:\n", i)
		for _, label := range []string{"one", "two"} {
			ref := fmt.Sprintf("{kind: Workflow, name: w%d}", i+1)
			if i == depth-1 {
				ref = "{kind: ValueFunction, name: plain}"
			}
			text += "    - {label: " + label + ", ref: " + ref + ", inputs: {arg: =parent.arg}}\n"
		}
	}
	p, _ := compile(t, text)
	list := p.Deferrals(p.Workflows["main"], Rules{})
	assert.True(t, FindDeferral(list, "next"+strings.Repeat(".one", depth)).May)
	assert.True(t, FindDeferral(list, "next"+strings.Repeat(".two", depth)).May)
}

func BenchmarkDeferrals(b *testing.B) {
	p, _ := compile(b, mainWith(stepNet+oneStep("ref: {kind: Workflow, name: inner}, inputs: {arg: =steps.net.link}"), innerWorkflow))
	b.ReportAllocs()
	for b.Loop() {
		p.Deferrals(p.Workflows["main"], Rules{})
	}
}
