// SPDX-License-Identifier: Apache-2.0

package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImageContext holds .dockerignore to the Dockerfile: what is copied from the context must be let through.
func TestImageContext(t *testing.T) {
	t.Parallel()
	let := map[string]bool{}
	for _, line := range linesOf(t, ".dockerignore") {
		if name, is := strings.CutPrefix(line, "!"); is {
			let[name] = true
		}
	}
	copied := map[string]bool{}
	for _, line := range linesOf(t, "Dockerfile") {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "COPY" || strings.HasPrefix(words[1], "--from") {
			continue
		}
		for _, source := range words[1 : len(words)-1] {
			top, _, _ := strings.Cut(source, "/")
			copied[top] = true
		}
	}
	assert.Equal(t, let, copied)
}

func linesOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", file))
	require.NoError(t, err)
	return strings.Split(string(text), "\n")
}
