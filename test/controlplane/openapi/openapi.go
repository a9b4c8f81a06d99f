// SPDX-License-Identifier: Apache-2.0

// Package openapi reads what an API server says of its built-in kinds. In goes a server that runs; out comes the table
// of the fields that the server stores in another form than they were written in: quantities, times, durations, bytes,
// and everything that leads to them. The same server always gives the same text.
package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
)

// schema is what matters here of an OpenAPI schema.
type schema struct {
	Ref        string             `json:"$ref"`
	AllOf      []schema           `json:"allOf"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	Values     *schema            `json:"additionalProperties"`
	Kinds      []groupVersionKind `json:"x-kubernetes-group-version-kind"`
}

type groupVersionKind struct{ Group, Version, Kind string }

func (k groupVersionKind) String() string {
	if k.Group == "" {
		return k.Version + "/" + k.Kind
	}
	return k.Group + "/" + k.Version + "/" + k.Kind
}

// The definitions that are leaves in their own right.
var leaves = map[string]string{
	"io.k8s.apimachinery.pkg.api.resource.Quantity":  "quantity",
	"io.k8s.apimachinery.pkg.apis.meta.v1.Duration":  "duration",
	"io.k8s.apimachinery.pkg.apis.meta.v1.Time":      "time",
	"io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "time",
}

const (
	metadata  = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
	refPrefix = "#/components/schemas/"
)

// Table asks a server and writes the table, with a line on top that says where it comes from.
func Table(ctx context.Context, config *rest.Config) (string, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return "", err
	}
	version, err := client.ServerVersion()
	if err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	definitions, err := definitions(ctx, client)
	if err != nil {
		return "", err
	}
	lines, err := newTable(definitions).lines()
	if err != nil {
		return "", err
	}
	return "# Made by `make schema` from what kube-apiserver " + version.GitVersion + " says of its API. Do not edit.\n" +
		strings.Join(lines, "\n") + "\n", nil
}

// definitions are the schemas of all groups, by name.
func definitions(ctx context.Context, client discovery.DiscoveryInterface) (map[string]*schema, error) {
	paths, err := client.OpenAPIV3().Paths()
	if err != nil {
		return nil, fmt.Errorf("ask for the API: %w", err)
	}
	out := map[string]*schema{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := paths[path].Schema("application/json")
		if err != nil {
			return nil, fmt.Errorf("ask for %s: %w", path, err)
		}
		var document struct {
			Components struct{ Schemas map[string]*schema }
		}
		if err := json.Unmarshal(text, &document); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		maps.Copy(out, document.Components.Schemas)
	}
	return out, nil
}
