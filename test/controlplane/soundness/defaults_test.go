// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDefaults holds the defaults that triggers get to those that the server gives them.
func TestDefaults(t *testing.T) {
	before := apply(t, "defaults")
	compared := 0
	for _, object := range before.objects {
		if object["kind"] != "Web" {
			continue
		}
		stored, err := server.Get(t.Context(), object)
		require.NoError(t, err)
		stored, err = renumber(stored)
		require.NoError(t, err)
		seen := before.state("web", identity(object))
		require.NotNil(t, seen, "no Workflow ran for %s", nameIn(object))
		assert.JSONEq(t, text(stored["spec"]), text(seen["spec"]), nameIn(object))
		compared++
	}
	assert.Equal(t, 3, compared)
}

// identity is an object's identity as reports have it.
func identity(object map[string]any) fields {
	return fields{
		"apiVersion": object["apiVersion"], "kind": object["kind"],
		"namespace": metadata(object)["namespace"], "name": metadata(object)["name"],
	}
}
