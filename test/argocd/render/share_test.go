// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestShare measures the plugin's own share of a call, from the start of its process to its exit, beside the time of the
// whole call. Of the CPU time the least counts: what else runs on the machine only adds to it.
func TestShare(t *testing.T) {
	r, c := newRepository(t), client(t)
	shop, err := os.ReadFile(filepath.Join(r.dir, "examples/web-workload/apps/shop.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(filepath.Join(r.dir, "many"), os.DirFS(filepath.Join(r.dir, "examples/web-workload"))))
	require.NoError(t, os.RemoveAll(filepath.Join(r.dir, "many/apps")))
	const instances = 500
	for i := range instances {
		r.write(t, fmt.Sprintf("many/apps/%d.yaml", i), strings.ReplaceAll(string(shop), "name: shop", fmt.Sprintf("name: shop-%d", i)))
	}
	r.commit(t)
	tests := []struct {
		name, folder string
		runs         int
		atMost       time.Duration
	}{
		{"web workload", "examples/web-workload", 20, 50 * time.Millisecond},
		{"500 instances", "many", 5, time.Second},
	}
	for _, tt := range tests {
		var cpu, wall, whole []time.Duration
		var memory int64 // KiB, the most
		for range tt.runs {
			began := time.Now()
			cmd := exec.CommandContext(t.Context(), world.Binary, "argocd", "generate")
			cmd.Dir, cmd.Env = filepath.Join(r.dir, tt.folder), []string{"ARGOCD_APP_SOURCE_PATH=" + tt.folder}
			require.NoError(t, cmd.Run())
			wall = append(wall, time.Since(began))
			usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
			require.True(t, ok)
			memory = max(memory, usage.Maxrss)
			cpu = append(cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		}
		for range tt.runs {
			began := time.Now()
			_, err := manifests(t.Context(), c, r.request(tt.folder))
			require.NoError(t, err)
			whole = append(whole, time.Since(began))
		}
		t.Logf("%s: the plugin takes %s of CPU (at least %s), %d MiB of memory, and %s from start to exit; the whole call %s",
			tt.name, median(cpu), slices.Min(cpu).Round(time.Millisecond), memory>>10, median(wall), median(whole))
		assert.LessOrEqual(t, slices.Min(cpu), tt.atMost, tt.name)
		assert.Less(t, memory, int64(80<<10), "what is installed says 20 to 60 MiB")
	}
}

func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2].Round(time.Millisecond)
}
