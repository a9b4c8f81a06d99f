// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/schema"
)

// A manifest may write a status and server metadata; a server takes neither, so a declared object does not know them.
func TestDeclaredRuntimeFieldsAreUnknown(t *testing.T) {
	t.Parallel()
	id := manifest.ID{APIVersion: "v1", Kind: "Service", Namespace: "prod", Name: "web"}
	resource := &Object{ID: id, Step: "web", Mode: Declared, Value: map[string]any{
		"metadata": map[string]any{"name": "web", "namespace": "prod", "uid": "1", "generation": int64(3), "labels": map[string]any{"a": "b"}},
		"spec":     map[string]any{"type": "ClusterIP"},
		"status":   map[string]any{"ip": "10.0.0.1"},
	}}
	unknownAt := func(path string) any { return NewUnknown(Wait{Step: "web", Object: id, Path: path}) }
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for text, want := range map[string]any{
		"resource.status":              unknownAt("status"),
		"resource.status.ip":           unknownAt("status.ip"),
		"has(resource.status.ip)":      unknownAt("status.ip"),
		"resource.metadata.uid":        unknownAt("metadata.uid"),
		"resource.metadata.generation": unknownAt("metadata.generation"),
		"resource.metadata.name":       "web",
		"resource.metadata.labels.a":   "b",
		"resource.spec.type":           "ClusterIP",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(text, []string{"resource"})
			require.Empty(t, problems)
			got, err := p.Eval(t.Context(), Vars{"resource": resource})
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// deployment is a declared object of a kind that has a schema.
func deployment() *Object {
	return &Object{
		ID: manifest.ID{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "prod", Name: "web"}, Step: "web", Mode: Declared,
		Type: schema.Builtin().Kind("apps/v1", "Deployment"),
		Value: map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web", "namespace": "prod"},
			"spec": map[string]any{"replicas": int64(2), "template": map[string]any{"spec": map[string]any{
				"containers": []any{
					map[string]any{"name": "one", "image": "", "resources": map[string]any{"limits": map[string]any{"cpu": "1000m", "memory": int64(1)}}},
					map[string]any{"name": "two", "args": []any{"a", "", "c"}},
				},
				"volumes": []any{map[string]any{"name": "tmp", "emptyDir": map[string]any{"sizeLimit": "1Gi", "medium": "Memory"}}},
			}}},
		},
	}
}

// What a server stores in another form is unknown, and exactly that.
func TestDeclaredObjectWithSchema(t *testing.T) {
	t.Parallel()
	resource := deployment()
	const pod = "spec.template.spec."
	unknownAt := func(path string) any {
		return NewUnknown(Wait{Step: "web", Object: resource.ID, Path: path})
	}
	derivedAt := func(path string) any { return derived([]Wait{{Step: "web", Object: resource.ID, Path: path}}) }
	const limits = pod + "containers[0].resources.limits"
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for text, want := range map[string]any{
		"resource.spec.replicas":                                       int64(2),
		"resource." + limits + ".cpu":                                  unknownAt(limits + ".cpu"),
		"resource." + limits + "['memory']":                            unknownAt(limits + ".memory"),
		"resource." + limits + ".cpu == '1000m'":                       derivedAt(limits + ".cpu"),
		"resource." + limits + ".cpu + 'x'":                            derivedAt(limits + ".cpu"),
		"has(resource." + limits + ".cpu)":                             unknownAt(limits + ".cpu"),
		"resource." + limits + " == {'cpu': '2'}":                      derivedAt(limits),
		"'cpu' in resource." + limits:                                  unknownAt(limits + ".cpu"),
		"resource." + limits + ".overlay({'gpu': '1'}).gpu":            unknownAt(limits + ".gpu"),
		"resource." + pod + "volumes[0].emptyDir.sizeLimit":            unknownAt(pod + "volumes[0].emptyDir.sizeLimit"),
		"resource." + pod + "volumes[0].emptyDir.medium":               "Memory",
		"resource." + pod + "volumes.exists(v, v.name == 'tmp')":       true,
		"resource." + pod + "containers[0].name":                       "one",
		"resource." + pod + "containers[1].args[0]":                    "a",
		"resource." + pod + "containers[1].args[1]":                    unknownAt(pod + "containers[1].args[1]"),
		"[resource." + limits + ".cpu, resource.kind]":                 []any{unknownAt(limits + ".cpu"), "Deployment"},
		"has(resource." + pod + "containers[0].name)":                  true,
		"has(resource." + pod + "containers[0])":                       true,
		"has(resource." + pod + "containers[1].args[2])":               true,
		"has(resource." + pod + "containers[0].image)":                 unknownAt(pod + "containers[0].image"),
		"has(resource." + pod + "containers[0].image.split(':')[1])":   derivedAt(pod + "containers[0].image"),
		"has(resource." + pod + "containers[2].name)":                  unknownAt(pod + "containers[2].name"),
		"has(resource." + pod + "containers[-1].name)":                 unknownAt(pod + "containers[-1].name"),
		"has(resource." + pod + "containers.name)":                     false,
		"resource." + pod + "containers.exists(c, has(c.args[0]))":     true,
		"has(resource." + pod + "containers[resource.spec.replicas])":  unknownAt(pod + "containers[2]"),
		"has(resource." + pod + "containers[resource.spec.x].name)":    derived([]Wait{{Step: "web", Object: resource.ID, Path: "spec.x"}}),
		"has(resource." + pod + "containers[0].name.split('-')[0])":    true,
		"has(resource." + pod + "containers[0].resources.limits.cpu2)": unknownAt(limits + ".cpu2"),
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(text, []string{"resource"})
			require.Empty(t, problems)
			got, err := p.Eval(t.Context(), Vars{"resource": resource})
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}
