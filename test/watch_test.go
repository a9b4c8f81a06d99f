// SPDX-License-Identifier: Apache-2.0

package test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const watched = `apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: NAME}
spec: {return: {v: VALUE}}
---
apiVersion: koreo.dev/v1beta1
kind: FunctionTest
metadata: {name: NAME}
spec:
  functionRef: {kind: ValueFunction, name: NAME}
  testCases:
    - expectReturn: {v: 1}
`

// TestWatch saves one of two files: only the test that it affects runs again, and a file that is broken for a while does
// not end the watch.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save := func(name, value string) {
		text := strings.NewReplacer("NAME", name, "VALUE", value).Replace(watched)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".k.yaml"), []byte(text), 0o600))
	}
	save("one", "1")
	save("two", "1")

	cmd := exec.Command(binary, "test", "--watch", ".")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()

	assert.Equal(t, []string{"PASS  one", "PASS  two", "2 tests, 2 cases: 2 passed"}, summary(t, lines))
	save("two", "22")
	assert.Equal(t, []string{"two.k.yaml changed", "FAIL  two", "1 test, 1 case: 1 failed, 0 passed"}, summary(t, lines))
	save("two", "[")
	assert.Equal(t, []string{"two.k.yaml changed", "error[KR0001]"}, until(t, lines, "error[KR0001]"))
	save("two", "1")
	assert.Equal(t, []string{"two.k.yaml changed", "PASS  two", "1 test, 1 case: 1 passed"}, summary(t, lines))
}

// summary reads up to the line that counts, and keeps what tells.
func summary(t *testing.T, lines <-chan string) []string {
	t.Helper()
	return until(t, lines, " passed")
}

// until reads up to the line that holds a text; of the lines before, it keeps those that name a test or a file.
func until(t *testing.T, lines <-chan string, last string) []string {
	t.Helper()
	var out []string
	timeout := time.After(20 * time.Second)
	for {
		select {
		case line, open := <-lines:
			require.True(t, open, "the watch has ended: %q", out)
			switch {
			case strings.Contains(line, last) && strings.Contains(line, "error["):
				_, problem, _ := strings.Cut(line, ": ")
				return append(out, problem[:len(last)])
			case strings.Contains(line, last):
				return append(out, line)
			case strings.HasPrefix(line, "PASS"), strings.HasPrefix(line, "FAIL"):
				out = append(out, strings.Join(strings.Fields(line)[:2], "  "))
			case strings.HasSuffix(line, " changed"):
				out = append(out, line)
			}
		case <-timeout:
			require.FailNow(t, "the watch says nothing more", "%q", out)
		}
	}
}
