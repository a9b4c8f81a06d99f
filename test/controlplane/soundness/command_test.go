// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// report is what the tests need of a render's report.
type report struct {
	Instances []struct {
		Workflow string
		Trigger  map[string]any
		Steps    []struct {
			Path    string
			Outcome struct{ Type, Message string }
		}
		State map[string]any
	}
}

// rendered is what a render printed and reported.
type rendered struct {
	objects []map[string]any
	report  report
}

// render runs the command on a folder or file.
func render(t *testing.T, path string, args ...string) rendered {
	t.Helper()
	told := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"render", path, "-o", "json", "--report", told}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "render %s %v: %s", path, args, &stderr)
	var out rendered
	require.NoError(t, decode(stdout.Bytes(), &out.objects))
	written, err := os.ReadFile(told)
	require.NoError(t, err)
	require.NoError(t, decode(written, &out.report))
	return out
}

// folder writes documents into a folder of their own, each list into a file.
func folder(t *testing.T, lists map[string][]any) string {
	t.Helper()
	dir := t.TempDir()
	for name, documents := range lists {
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		for i, document := range documents {
			if i > 0 {
				out.WriteString("---\n")
			}
			require.NoError(t, e.Encode(document))
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o600))
	}
	return dir
}
