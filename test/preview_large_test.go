// SPDX-License-Identifier: Apache-2.0

package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const largeFile = 50 << 20 // bytes

// TestPreviewOfLargeFile changes one object of a file of 50 MB. A preview reads it of both revisions; that takes not much
// more than to render it once, as all but one object are the same.
func TestPreviewOfLargeFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.compression=1"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	put := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	text := largeYAML()
	git("init", "-q", "-b", "main")
	put("korender.yaml", "apiVersion: korender.dev/v1alpha1\nkind: Render\n")
	put("bulk.yaml", text)
	git("add", ".")
	git("commit", "-q", "-m", "one")
	put("bulk.yaml", strings.Replace(text, "line 0", "LINE 0", 1))
	git("commit", "-q", "-a", "-m", "two")

	rendered := measured(t, dir, 0, "render", ".")
	previewed := measured(t, dir, 0, "preview", "--base", "HEAD~1")
	assert.Contains(t, previewed.out, "\n1 changed\n")
	t.Logf("render: %d MB, %s of CPU; preview: %d MB, %s", rendered.peak>>10, rendered.cpu, previewed.peak>>10, previewed.cpu)
	assert.Less(t, previewed.peak, 2*rendered.peak, "memory, in kB")
	assert.Less(t, previewed.cpu, 3*rendered.cpu)

	put("korender.yaml", "apiVersion: korender.dev/v1alpha1\nkind: Render\nlimits: {bytes: 1000000}\n")
	assert.Contains(t, measured(t, dir, 3, "preview", "--base", "HEAD", "--uncommitted").out,
		"bulk.yaml: error[KR0009]: with this file the input is larger than 1000000 bytes")
}

// largeYAML is a stream of ConfigMaps.
func largeYAML() string {
	var b strings.Builder
	for i := 0; b.Len() < largeFile; i++ {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, namespace: web}\ndata:\n", i)
		for k := range 80 {
			fmt.Fprintf(&b, "  key%d: line %d %s\n", k, i, strings.Repeat("x", 50))
		}
	}
	return b.String()
}

// measurement is what a run of the command printed and used.
type measurement struct {
	out  string
	peak int64 // kB
	cpu  time.Duration
}

func measured(t *testing.T, dir string, code int, args ...string) measurement {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, os.Stderr
	_ = cmd.Run() // the code says what became of it
	require.Equal(t, code, cmd.ProcessState.ExitCode())
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	require.True(t, ok)
	return measurement{out.String(), usage.Maxrss, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}
