// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// at follows a path of keys; "[]" is an item of a list.
func at(t *Type, path string) *Type {
	for step := range strings.SplitSeq(path, ".") {
		if step == "[]" {
			t = t.Item()
		} else {
			t = t.Field(step)
		}
	}
	return t
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	const container = "spec.template.spec.containers.[]."
	tests := []struct {
		apiVersion, kind, path string
		want                   Class
	}{
		{"apps/v1", "Deployment", container + "resources.limits.cpu", Quantity},
		{"apps/v1", "Deployment", container + "resources.limits.example.com/gpu", Quantity},
		{"apps/v1", "Deployment", container + "image", Plain},
		{"apps/v1", "Deployment", "spec.template.spec.containers.resources", Plain},
		{"apps/v1", "Deployment", "spec.replicas", Plain},
		{"apps/v1beta2", "Deployment", container + "resources.limits.cpu", Quantity},
		{"extensions/v1beta1", "Deployment", container + "resources.limits.cpu", Plain},
		{"apps/v1", "StatefulSet", "spec.volumeClaimTemplates.[].spec.resources.requests.storage", Quantity},
		{"batch/v1", "CronJob", "spec.jobTemplate.spec.template.spec.volumes.[].emptyDir.sizeLimit", Quantity},
		{"autoscaling/v2", "HorizontalPodAutoscaler", "spec.metrics.[].pods.target.averageValue", Quantity},
		{"coordination.k8s.io/v1", "Lease", "spec.renewTime", Time},
		{"coordination.k8s.io/v1", "Lease", "spec.holderIdentity", Plain},
		{"v1", "Event", "eventTime", Time},
		{"v1", "ConfigMap", "binaryData.any", Bytes},
		{"v1", "ConfigMap", "data.any", Plain},
		{"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "webhooks.[].clientConfig.caBundle", Bytes},
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition", "spec.conversion.webhook.clientConfig.caBundle", Bytes},
		{"v1", "ServiceAccount", "secrets", Plain},
		{"example.com/v1", "Deployment", "spec.template", Plain},
	}
	for _, tt := range tests {
		t.Run(tt.apiVersion+" "+tt.kind+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			path := tt.path
			if key, found := strings.CutPrefix(path, container+"resources.limits."); found { // keys may hold dots
				got := at(Builtin().Kind(tt.apiVersion, tt.kind), container+"resources.limits").Field(key)
				assert.Equal(t, tt.want, got.Class())
				return
			}
			got := at(Builtin().Kind(tt.apiVersion, tt.kind), path)
			assert.Equal(t, tt.want, got.Class())
			assert.Equal(t, tt.want != Plain, got.Rewritten())
		})
	}
}

func TestBuiltinSaysNothing(t *testing.T) {
	t.Parallel()
	assert.Nil(t, Builtin().Kind("v1", "Service"))
	assert.Nil(t, Builtin().Kind("example.com/v1", "Web"))
	assert.Nil(t, at(Builtin().Kind("v1", "Pod"), "metadata"), "the server's own")
	assert.Nil(t, at(Builtin().Kind("v1", "Pod"), "status"), "the server's own")
}

func TestBuiltinTable(t *testing.T) {
	t.Parallel()
	assert.Less(t, len(builtinTable), 100<<10)
	lines := builtins().lines
	assert.Greater(t, len(lines), 100)
	for name, fields := range lines {
		for text := range strings.SplitSeq(fields, " ") {
			_, of, found := strings.Cut(text, "=")
			of = strings.NewReplacer("[]", "", "{}", "").Replace(of)
			_, leaf := classes[of]
			_, defined := lines[of]
			assert.True(t, found && (leaf || defined), "%s: %s leads nowhere", name, text)
		}
	}
}

func TestRecursion(t *testing.T) {
	t.Parallel()
	root := newTable("x/v1/Tree spec=x.v1.Node\nx.v1.Node at=time children=[]x.v1.Node named={}x.v1.Node\n").Kind("x/v1", "Tree")
	assert.Equal(t, Time, at(root, "spec.children.[].named.any.children.[].at").Class())
	assert.Same(t, at(root, "spec"), at(root, "spec.children.[].named.any"))
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	source := newTable(builtinTable)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for name := range source.lines {
				if i := strings.LastIndexByte(name, '/'); i > 0 {
					assert.NotNil(t, source.Kind(name[:i], name[i+1:]))
				}
			}
		})
	}
	all.Wait()
}

func TestJoin(t *testing.T) {
	t.Parallel()
	one := newTable("x/v1/A at=time\n")
	two := newTable("x/v1/A at=bytes\nx/v1/B at=quantity\n")
	both := Join(one, nil, two)
	assert.Equal(t, Time, at(both.Kind("x/v1", "A"), "at").Class())
	assert.Equal(t, Quantity, at(both.Kind("x/v1", "B"), "at").Class())
	assert.Nil(t, both.Kind("x/v1", "C"))
	assert.Nil(t, Join().Kind("x/v1", "A"))
}

func TestNothingKnown(t *testing.T) {
	t.Parallel()
	var none *Type
	assert.Nil(t, none.Field("a"))
	assert.Nil(t, none.Item())
	assert.Equal(t, Plain, none.Class())
	assert.False(t, none.Rewritten())
	object := map[string]any{"a": nil}
	assert.Equal(t, object, none.WithDefaults(object))
}

func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newTable(builtinTable).Kind("apps/v1", "Deployment")
	}
}

func TestKindAllocatesNothing(t *testing.T) {
	source := Join(Builtin(), CRDs())
	allocations := testing.AllocsPerRun(100, func() {
		source.Kind("apps/v1", "Deployment")
		source.Kind("v1", "Service")
		source.Kind("example.com/v1", "Web")
	})
	assert.Zero(t, allocations)
}
