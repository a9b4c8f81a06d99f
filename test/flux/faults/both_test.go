// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBothControllers runs the controller of instances in the same process, with one manager.
func TestBothControllers(t *testing.T) {
	k := started(t, "", "--controllers=live,flux", "--kubeconfig", flux.Kubeconfig)
	p := newPlayed(t)
	p.offers("one", config(t, "one"))
	p.ready("True", "Succeeded", "main@sha1:one")
	assert.Equal(t, "one", p.value(p.published()))
	response, err := http.Get(k.Metrics) //nolint:noctx // of our own controller
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	for _, name := range []string{"renderedartifact", "workflowinstance"} {
		assert.Contains(t, string(text), `controller_runtime_max_concurrent_reconciles{controller="`+name+`"}`)
	}
}
