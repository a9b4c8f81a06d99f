// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/schema"
)

const sizedProgram = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
    - {label: web, ref: {kind: ResourceFunction, name: web}, inputs: {cpu: =parent.spec.cpu}}
    - {label: use, ref: {kind: ResourceFunction, name: use}, inputs: {v: =steps.web.%s}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: web}
spec:
  apiConfig: {apiVersion: v1, kind: LimitRange, name: web, namespace: prod}
  resource:
    spec: {limits: [{type: Container, max: {cpu: =inputs.cpu, memory: 1Gi}, default: {}}]}
  return:
    type: =resource.spec.limits[0].type
    cpu: =resource.spec.limits[0].max.cpu
    asked: =inputs.cpu
    more: =resource.spec.limits.exists(l, l.type == 'Container' && has(l.type))
    some: =resource.spec.limits[0].max.memory.startsWith('1')
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: use}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: use, namespace: prod}
  resource: {spec: {v: =inputs.v}}
`

// What a server stores in another form is waited for where it is read from the object, and is known where it is not.
func TestDeclaredWithSchema(t *testing.T) {
	t.Parallel()
	none := schema.Join()
	tests := []struct {
		read   string
		schema schema.Source
		want   Type
		value  any
		waits  []string
	}{
		{"type", nil, Ok, "Container", nil},
		{"asked", nil, Ok, "1000m", nil},
		{"more", nil, Ok, true, nil},
		{"cpu", nil, Deferred, nil, []string{"web: LimitRange/prod/web.spec.limits[0].max.cpu"}},
		{"some", nil, Deferred, nil, []string{"web: LimitRange/prod/web.spec.limits[0].max.memory"}},
		{"cpu", none, Ok, "1000m", nil},
		{"some", none, Ok, true, nil},
	}
	const trigger = "{apiVersion: example.com/v1, kind: App, metadata: {name: app, namespace: prod}, spec: {cpu: 1000m}}"
	for _, tt := range tests {
		t.Run(tt.read, func(t *testing.T) {
			t.Parallel()
			p := compile(t, strings.Replace(sizedProgram, "%s", tt.read, 1))
			plan := evaluate(t, p, trigger, Observed{}, Options{Schema: tt.schema})
			web, use := plan.Steps[0], plan.Steps[1]
			assert.Equal(t, Ok, web.Outcome.Type)
			assert.Equal(t, []any{m{"type": "Container", "max": m{"cpu": "1000m", "memory": "1Gi"}, "default": m{}}},
				web.Action.Target["spec"].(m)["limits"], "what is written is known")
			assert.Equal(t, tt.want, use.Outcome.Type)
			assert.Equal(t, tt.waits, texts(use.Waits))
			if tt.want == Ok {
				assert.Equal(t, m{"v": tt.value}, use.Action.Target["spec"])
			}
			static := p.Deferrals(p.Workflows["main"], program.Rules{Schema: tt.schema})
			if tt.want == Deferred {
				assert.True(t, program.FindDeferral(static, "use").May)
			}
		})
	}
}

// An object of the input is read like one that a step makes.
func TestReadonlyWithSchema(t *testing.T) {
	t.Parallel()
	p := compile(t, `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps: [{label: look, ref: {kind: ResourceFunction, name: look}}]
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: look}
spec:
  apiConfig: {apiVersion: coordination.k8s.io/v1, kind: Lease, name: lock, namespace: prod, readonly: true}
  resource: {}
  return: {at: =resource.spec.renewTime, who: =resource.spec.holderIdentity}
`)
	lease := object(t, `{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: lock, namespace: prod},
  spec: {holderIdentity: a, renewTime: "2026-01-02T03:04:05+01:00"}}`)
	var declared manifest.Set
	_ = declared.Add(lease)
	plan := evaluate(t, p, "{apiVersion: example.com/v1, kind: App, metadata: {name: app, namespace: prod}}", Observed{}, Options{Declared: &declared})
	assert.Equal(t, Ok, plan.Steps[0].Outcome.Type)
	assert.Equal(t, m{"who": "a", "at": expr.NewUnknown(expr.Wait{Step: "look", Object: lease.ID, Path: "spec.renewTime"})}, plan.Steps[0].Outcome.Value)
}
