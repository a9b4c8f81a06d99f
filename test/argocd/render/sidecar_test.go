// SPDX-License-Identifier: Apache-2.0

package render

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// renders lists the processes of the plugin that run.
func renders(t *testing.T) []string {
	t.Helper()
	var out []string
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		command, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		root, failed := os.Readlink(filepath.Join("/proc", e.Name(), "root"))
		if err == nil && failed == nil && root == world.Root && strings.HasPrefix(string(command), "/korender\x00") {
			out = append(out, e.Name())
		}
	}
	return out
}

// nothingLeft waits until no render runs, and holds that no copy of a repository stays.
func nothingLeft(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return len(renders(t)) == 0 }, 20*time.Second, 10*time.Millisecond, "a render goes on")
	tmp := filepath.Join("/proc", strconv.Itoa(world.Pid()), "root", "tmp")
	assert.Eventually(t, func() bool {
		left, err := filepath.Glob(filepath.Join(tmp, "_cmp_server", "*"))
		return err == nil && len(left) == 0
	}, 10*time.Second, 50*time.Millisecond, "copies of repositories stay in /tmp")
}

// TestRestricted holds that the sidecar of all these tests runs as the image does: user 999, with a root that nobody can
// write to.
func TestRestricted(t *testing.T) {
	pid := strconv.Itoa(world.Pid())
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	require.NoError(t, err)
	for _, line := range []string{"Uid:\t999\t999\t999\t999", "Gid:\t999\t999\t999\t999", "CapEff:\t0000000000000000"} {
		assert.Contains(t, string(status), line)
	}
	root, err := os.Readlink(filepath.Join("/proc", pid, "root"))
	require.NoError(t, err)
	require.Equal(t, world.Root, root)
	err = os.WriteFile(filepath.Join("/proc", pid, "root", "file"), nil, 0o600)
	assert.ErrorContains(t, err, "read-only file system", "even root cannot write to it")
	entries, err := os.ReadDir(filepath.Join("/proc", pid, "root"))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{"dev", "home", "korender", "libraries", "tmp", "var"}, names, "nothing but what the image, the runtime and the pod give it")
}
