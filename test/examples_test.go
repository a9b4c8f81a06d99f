// SPDX-License-Identifier: Apache-2.0

package test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExamples renders every folder of examples/ that says what it expects, and runs its FunctionTests.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples := folders(t, filepath.Join("..", "examples"), "expected.yaml")
	require.NotEmpty(t, examples)
	for _, dir := range examples {
		if filepath.Base(filepath.Dir(dir)) == "stages" {
			continue // TestStages renders it
		}
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			t.Parallel()
			golden(t, filepath.Join(dir, "expected.yaml"), run(t, "render", dir))
			var run struct {
				Summary struct{ Cases, Failed int }
			}
			require.NoError(t, json.Unmarshal(runAny(t, "test", dir, "-o", "json"), &run))
			assert.Zero(t, run.Summary.Failed, "korender test %s shows what fails", dir)
		})
	}
}

// golden compares bytes with a file, or rewrites it.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "%s differs; -update rewrites it", file)
}

// run runs korender, which must succeed without a word on stderr, and returns what it prints.
func run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	assert.Empty(t, stderr.String())
	return stdout.Bytes()
}

// runAny runs korender, whatever its exit code, and returns what it prints on stdout.
func runAny(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout = &stdout
	_ = cmd.Run() // the output tells
	return stdout.Bytes()
}
