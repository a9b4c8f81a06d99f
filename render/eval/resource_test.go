// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/manifest"
)

var wantedID = manifest.ID{APIVersion: "example.com/v1", Kind: "Thing", Namespace: "prod", Name: "t"}

const resourceProgram = `
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: plain}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, plural: things, name: =inputs.name, namespace: =inputs.namespace}
  resource: {kind: Other, metadata: {labels: {a: b}}, spec: =inputs.spec}
  create: {delay: 4, overlay: {metadata: {name: tampered, labels: {born: =resource.spec.v}}, spec: {once: 1}}}
  update: {patch: {delay: 5}}
  return: {v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: recreated}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {spec: =inputs.spec}
  update: {recreate: {delay: 6}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: never}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {spec: =inputs.spec}
  update: {never: {}}
  return: {v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: readonly}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod, readonly: true}
  resource: {}
  postconditions: [{assert: =resource.status.ready, retry: {message: not ready, delay: 9}}]
  return: {v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: uncreated}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {spec: {v: 1}}
  create: {enabled: false}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: removed}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod, deleteIfExists: true}
  resource: {}
  return: {gone: =!has(resource.metadata)}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: cluster}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespaced: false}
  resource: {metadata: {namespace: ignored}, spec: =inputs.spec}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: secret}
spec:
  apiConfig: {apiVersion: v1, kind: Secret, name: s, namespace: prod}
  resource: {x-koreo-compare-last-applied: [stringData], stringData: {a: =inputs.a}, data: {b: eA==}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: open}
spec:
  apiConfig: {apiVersion: v1, kind: Secret, name: s, namespace: prod}
  resource: {data: {b: eA==}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: templated}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resourceTemplateRef: {name: =inputs.template}
  overlays:
    - {skipIf: =inputs.skip, overlay: {spec: {skipped: false}}}
    - {overlayRef: {kind: ValueFunction, name: stamp}, inputs: {mode: =inputs.mode}}
    - {overlay: {metadata: {name: tampered}}}
    - {overlay: {spec: {saw: =resource.metadata.name}}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: stamp}
spec:
  preconditions:
    - {assert: =inputs.mode != 'skip', skip: {message: not wanted}}
    - {assert: =inputs.mode != 'null', defaultReturn: {stamp: default}}
  return: {spec: {stamp: =resource.kind + inputs.mode}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: nothing}
spec: {preconditions: []}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: unmapped}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {}
  overlays: [{overlayRef: {kind: ValueFunction, name: nothing}}]
---
apiVersion: koreo.dev/v1beta1
kind: ResourceTemplate
metadata: {name: thing}
spec:
  template: {apiVersion: v9, kind: Wrong, metadata: {name: wrong, namespace: wrong, labels: {l: t}}, spec: {literal: =1+1}}
`

const noteOf = "koreo.dev/last-applied-configuration"

func TestResourceFunction(t *testing.T) {
	t.Parallel()
	p := compile(t, resourceProgram)
	thing := func(metadata, spec m) m {
		metadata["name"], metadata["namespace"] = "t", "prod"
		return m{"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata, "spec": spec}
	}
	const live = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod, labels: {a: b}}, spec: {v: 1}}"
	const one, two = "{name: t, namespace: prod, spec: {v: 1}}", "{name: t, namespace: prod, spec: {v: 2}}"
	const patched = `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"labels":{"a":"b"},"name":"t","namespace":"prod"},"spec":{"v":2}}`
	for _, tc := range []struct {
		name, function, inputs string
		observed               string // "absent", "" for unknown, or the object
		want                   seen
	}{
		{"create", "plain", one, "absent", seen{Outcome: "Retry(delay=4, message=Creating Thing:prod:t.)", Location: "spec.create", Verb: CreateIt,
			Target: thing(m{"labels": m{"a": "b", "born": int64(1)}, "annotations": m{noteOf: `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"labels":{"a":"b","born":1},"name":"t","namespace":"prod"},"spec":{"once":1,"v":1}}`}},
				m{"v": int64(1), "once": int64(1)})}},
		{"nothing to do", "plain", one, live, seen{Outcome: "Ok", Value: m{"v": int64(1)}, Target: thing(m{"labels": m{"a": "b"}}, m{"v": int64(1)})}},
		{"patch", "plain", two, live, seen{Outcome: "Retry(delay=5, message=Patching `Thing:prod:t` due to 'spec' -> 'v' -> <target:[2], resource:[1]>.)",
			Location: "spec.update.patch", Verb: Patch, Target: thing(m{"labels": m{"a": "b"}, "annotations": m{noteOf: patched}}, m{"v": int64(2)})}},
		{"patch keeps nulls, which delete", "plain", "{name: t, namespace: prod, spec: {v: null}}", live, seen{
			Outcome:  "Retry(delay=5, message=Patching `Thing:prod:t` due to 'spec' -> 'v' -> <target:null, resource:int>.)",
			Location: "spec.update.patch", Verb: Patch, Target: thing(m{"labels": m{"a": "b"}, "annotations": m{
				noteOf: `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"labels":{"a":"b"},"name":"t","namespace":"prod"},"spec":{"v":null}}`}}, m{"v": nil})}},
		{"not while it is being deleted", "plain", two,
			"{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod, deletionTimestamp: '2024-01-01T00:00:00Z'}}", seen{
				Outcome: "Retry(delay=30, message=`Thing:prod:t` is being deleted.)", Location: "load resource"}},
		{"an int as name", "plain", "{name: 7, namespace: 8, spec: {}}", "absent", seen{Outcome: "Permanent Failure (message=Error evaluating `Thing:8:7:spec.create.overlay` (at resource.spec.v) there is no key \"v\")", Location: "resource.spec.v"}},
		{"no name", "plain", "{name: null, namespace: prod}", "", seen{Outcome: "Permanent Failure (message=`spec.apiConfig.name` must be a non-empty string or an int)", Location: "spec.apiConfig.name"}},
		{"an empty name", "plain", "{name: '', namespace: prod}", "", seen{Outcome: "Permanent Failure (message=`spec.apiConfig.name` must be a non-empty string or an int)", Location: "spec.apiConfig.name"}},
		{"a list as name", "plain", "{name: [], namespace: prod}", "", seen{Outcome: "Permanent Failure (message=`spec.apiConfig.name` must be a non-empty string or an int, received list)", Location: "spec.apiConfig.name"}},
		{"no namespace", "plain", "{name: t, namespace: ''}", "", seen{Outcome: "Permanent Failure (message=`namespace` is required when `spec.apiConfig.namespaced` is `true`)", Location: "spec.apiConfig.namespace"}},
		{"a name that fails", "plain", "{namespace: prod}", "", seen{Outcome: "Permanent Failure (message=Error evaluating `plain:spec.apiConfig.name` (at inputs.name) there is no key \"name\")", Location: "inputs.name"}},
		{"recreate", "recreated", two, live, seen{Outcome: "Retry(delay=6, message=Deleting Thing:prod:t to recreate due to 'spec' -> 'v' -> <target:[2], resource:[1]>.)",
			Location: "spec.update.recreate", Verb: Recreate, Target: thing(m{}, m{"v": int64(2)})}},
		{"never", "never", two, live, seen{Outcome: "Ok", Value: m{"v": int64(1)}}},
		{"readonly, absent", "readonly", "{}", "absent", seen{Outcome: "Retry(delay=30, message=Thing:prod:t not found. Waiting...)", Location: "load resource"}},
		{"readonly, without a status", "readonly", "{}", live, seen{Outcome: "Retry(delay=30, message=waiting for Thing/prod/t status)", Location: "readonly:spec.postconditions"}},
		{"readonly, not ready", "readonly", "{}", "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod}, status: {ready: false}}", seen{
			Outcome: "Retry(delay=9, message=not ready)", Location: "readonly:spec.postconditions"}},
		{"readonly, without a field", "readonly", "{}", "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod}, spec: {}, status: {ready: true}}", seen{
			Outcome:  "Permanent Failure (message=Error evaluating `readonly:spec.return` (at resource.spec.v) there is no key \"v\")",
			Location: "resource.spec.v"}},
		{"readonly", "readonly", "{}", "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod}, spec: {v: x}, status: {ready: true}}", seen{
			Outcome: "Ok", Value: m{"v": "x"}}},
		{"create disabled, absent", "uncreated", "{}", "absent", seen{Outcome: "Retry(delay=30, message=Thing:prod:t not found. Waiting...)", Location: "load resource"}},
		{"create disabled, equal", "uncreated", "{}", live, seen{Outcome: "Ok", Target: thing(m{}, m{"v": int64(1)})}},
		{"delete", "removed", "{}", live, seen{Outcome: "Retry(delay=30, message=Deleting Thing:prod:t.)", Location: "spec.apiConfig.deleteIfExists", Verb: Delete}},
		{"deleted once", "removed", "{}", "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: prod, deletionTimestamp: '2024-01-01T00:00:00Z'}}", seen{
			Outcome: "Retry(delay=30, message=Deleting Thing:prod:t.)", Location: "spec.apiConfig.deleteIfExists"}},
		{"deleted", "removed", "{}", "absent", seen{Outcome: "Ok", Value: m{"gone": true}}},
		{"template, overlays, identity", "templated", "{template: thing, skip: false, mode: m}", "", seen{Outcome: "Ok", Verb: Render,
			Target: thing(m{"labels": m{"l": "t"}}, m{"literal": "=1+1", "skipped": false, "stamp": "Thingm", "saw": "tampered"})}},
		{"an overlay that is skipped, a default", "templated", "{template: thing, skip: true, mode: 'null'}", "", seen{Outcome: "Ok", Verb: Render,
			Target: m{"apiVersion": "example.com/v1", "kind": "Thing", "stamp": "default", "metadata": m{"name": "t", "namespace": "prod", "labels": m{"l": "t"}},
				"spec": m{"literal": "=1+1", "saw": "tampered"}}}},
		{"an overlay that skips all", "templated", "{template: thing, skip: true, mode: skip}", "", seen{Outcome: "Skip (message=not wanted)", Location: "Thing:prod:t:spec.overlays[1]:spec.preconditions"}},
		{"an overlay without a value", "unmapped", "{}", "", seen{Outcome: "Permanent Failure (message=Expected mapping, but received null_type for 'spec.overlays[0]')", Location: "Thing:prod:t:spec.overlays[0]"}},
		{"skipIf of an overlay, no bool", "templated", "{template: thing, skip: 1, mode: m}", "", seen{Outcome: "Permanent Failure (message=Expected boolean, but received int for 'spec.overlays[0].skipIf')", Location: "Thing:prod:t:spec.overlays[0].skipIf"}},
		{"no such template", "templated", "{template: other}", "", seen{Outcome: "Retry(delay=30, message=ResourceTemplate:other not found.)", Location: "Thing:prod:t:spec.resourceTemplateRef.name"}},
		{"a template that is no text", "templated", "{template: 5}", "", seen{Outcome: "Permanent Failure (message=Expected string, but received '5' (int) at `spec.resourceTemplateRef.name`)", Location: "Thing:prod:t:spec.resourceTemplateRef.name"}},
		{"cluster scoped", "cluster", "{spec: {v: 2}}", "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {v: 1}}", seen{
			Outcome:  "Retry(delay=30, message=Patching `Thing:t` due to 'spec' -> 'v' -> <target:[2], resource:[1]>.)",
			Location: "spec.update.patch", Verb: Patch, Target: m{"apiVersion": "example.com/v1", "kind": "Thing", "spec": m{"v": int64(2)},
				"metadata": m{"name": "t", "annotations": m{noteOf: `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"v":2}}`}}}}},
		{"a Secret records what its directive names", "secret", "{a: x}", "absent", seen{Outcome: "Retry(delay=30, message=Creating Secret:prod:s.)", Location: "spec.create", Verb: CreateIt,
			Target: m{"apiVersion": "v1", "kind": "Secret", "stringData": m{"a": "x"}, "data": m{"b": "eA=="},
				"metadata": m{"name": "s", "namespace": "prod", "annotations": m{noteOf: `{"stringData":{"a":"x"}}`}}}}},
		{"and nothing else", "open", "{}", "absent", seen{Outcome: "Retry(delay=30, message=Creating Secret:prod:s.)", Location: "spec.create", Verb: CreateIt,
			Target: m{"apiVersion": "v1", "kind": "Secret", "data": m{"b": "eA=="}, "metadata": m{"name": "s", "namespace": "prod"}}}},
		{"values of a Secret do not show", "open", "{}", "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: prod}, data: {b: eQ==}}", seen{
			Outcome:  "Retry(delay=30, message=Patching `Secret:prod:s` due to 'data' -> 'b' -> <target:[redacted], resource:[redacted]>.)",
			Location: "spec.update.patch", Verb: Patch, Target: m{"apiVersion": "v1", "kind": "Secret", "data": m{"b": "eA=="}, "metadata": m{"name": "s", "namespace": "prod"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l, call := function(t, p, tc.function), Call{Inputs: fields(t, tc.inputs)}
			r := Function(t.Context(), p, l, call, Observed{}, Options{})
			switch tc.observed {
			case "":
			case "absent":
				r = Function(t.Context(), p, l, call, Observed{Absent: []manifest.ID{*r.Object}}, Options{})
			default:
				r = Function(t.Context(), p, l, call, observe(t, tc.observed), Options{})
			}
			assert.NoError(t, r.Err)
			assert.Equal(t, tc.want, seenOf(&r))
		})
	}
}

func TestFunctionTellsItsObject(t *testing.T) {
	t.Parallel()
	p := compile(t, resourceProgram)
	r := Function(t.Context(), p, function(t, p, "plain"), Call{Inputs: fields(t, "{name: t, namespace: prod, spec: {}}")}, Observed{}, Options{})
	assert.Equal(t, &wantedID, r.Object)
	assert.Equal(t, m{"apiVersion": "example.com/v1", "kind": "Thing", "plural": "things", "name": "t", "namespace": "prod", "readonly": false,
		"resourceFunction": "plain"}, r.Managed)
}
