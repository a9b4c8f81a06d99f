// SPDX-License-Identifier: Apache-2.0

package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runsPerSetting is how often each setting must give the same bytes.
const runsPerSetting = 50

// TestSameBytes renders examples a hundred times, on one processor and on two: output, report and messages never differ.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"web-workload", "fan-out"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("..", "examples", name)
			report := filepath.Join(t.TempDir(), "report.json")
			first := everything(t, 1, report, "render", dir, "--report", report)
			for i := range 2 * runsPerSetting {
				require.Equal(t, first, everything(t, 1+i%2, report, "render", dir, "--report", report))
			}
		})
	}
}

// TestSameMessages finds the same problems in the same order, every time.
func TestSameMessages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("testdata", "wrong")
	first := everything(t, 1, "", "check", dir)
	assert.Contains(t, first, "KR0")
	for i := range 2 * runsPerSetting {
		require.Equal(t, first, everything(t, 1+i%2, "", "check", dir))
	}
}

// everything is all that a run prints and writes, in one text.
func everything(t *testing.T, processors int, report string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", processors))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := exitCodeOf(cmd.Run())
	text := []byte{}
	if report != "" {
		var err error
		text, err = os.ReadFile(report)
		require.NoError(t, err)
	}
	return fmt.Sprintf("%d\n%s\n%s\n%s", code, &stdout, &stderr, text)
}
