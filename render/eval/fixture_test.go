// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

type m = map[string]any

// compile makes a program of a YAML stream.
func compile(t testing.TB, text string) *program.Program {
	t.Helper()
	docs, problems := source.Parse("program.yaml", []byte(text), 0, source.Limits{})
	require.Empty(t, problems)
	env, err := expr.NewEnv(expr.Limits{})
	require.NoError(t, err)
	p, found := program.Compile(docs, env)
	require.False(t, found.HasErrors(), "%s", found)
	return p
}

// value reads one YAML value.
func value(t testing.TB, text string) any {
	t.Helper()
	docs, problems := source.Parse("value.yaml", []byte(text), 0, source.Limits{})
	require.Empty(t, problems)
	require.Len(t, docs, 1)
	return docs[0].Root.Native()
}

// fields reads one YAML map; "" is none.
func fields(t testing.TB, text string) m {
	t.Helper()
	if text == "" {
		return nil
	}
	v, ok := value(t, text).(m)
	require.True(t, ok, text)
	return v
}

// object reads one Kubernetes object.
func object(t testing.TB, text string) manifest.Object {
	t.Helper()
	v := fields(t, text)
	id, err := manifest.IDOf(v)
	require.NoError(t, err)
	return manifest.Object{ID: id, Value: v}
}

// observe is a cluster that holds the given objects.
func observe(t testing.TB, texts ...string) Observed {
	t.Helper()
	var o Observed
	for _, text := range texts {
		require.NoError(t, o.Objects.Add(object(t, text)))
	}
	return o
}

// evaluate runs the Workflow "main" for a trigger.
func evaluate(t testing.TB, p *program.Program, trigger string, o Observed, opts Options) *Plan {
	t.Helper()
	plan, err := Evaluate(t.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: object(t, trigger)}, o, opts)
	require.NoError(t, err)
	return plan
}

// function finds a function of a program.
func function(t testing.TB, p *program.Program, name string) *program.Logic {
	t.Helper()
	if f := p.ResourceFunctions[name]; f != nil {
		return &program.Logic{Kind: "ResourceFunction", Name: name, Resource: f}
	}
	require.Contains(t, p.ValueFunctions, name)
	return &program.Logic{Kind: "ValueFunction", Name: name, Value: p.ValueFunctions[name]}
}

// unknownField is a value that a field of the Network/prod/net of step net will have.
func unknownField(path string) *expr.Unknown {
	return expr.NewUnknown(waitFor(path))
}

func waitFor(path string) expr.Wait {
	return expr.Wait{Step: "net", Object: manifest.ID{APIVersion: "example.com/v1", Kind: "Network", Namespace: "prod", Name: "net"}, Path: path}
}

// texts writes waits as `step: object.path`.
func texts(waits []expr.Wait) []string {
	var out []string
	for _, w := range waits {
		out = append(out, w.String())
	}
	return out
}
