// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
		var memory int
		for i := 0; i < tt.runs || i < 3*tt.runs && slices.Min(cpu) > tt.atMost; i++ {
			began := time.Now()
			cmd := exec.CommandContext(t.Context(), world.Binary, "argocd", "generate")
			cmd.Dir, cmd.Env = filepath.Join(r.dir, tt.folder), []string{"ARGOCD_APP_SOURCE_PATH=" + tt.folder}
			require.NoError(t, cmd.Start())
			done := make(chan int)
			go func() { done <- peak(cmd.Process.Pid) }()
			require.NoError(t, cmd.Wait())
			memory = max(memory, <-done)
			wall = append(wall, time.Since(began))
			cpu = append(cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		}
		for range tt.runs {
			began := time.Now()
			_, err := manifests(t.Context(), c, r.request(tt.folder))
			require.NoError(t, err)
			whole = append(whole, time.Since(began))
		}
		t.Logf("%s: the plugin takes %s of CPU (at least %s), %d MiB of memory, and %s from start to exit; the whole call %s",
			tt.name, median(cpu), slices.Min(cpu).Round(time.Millisecond), memory, median(wall), median(whole))
		assert.LessOrEqual(t, slices.Min(cpu), tt.atMost, tt.name)
		assert.Less(t, memory, 80, "what is installed says 20 to 60 MiB")
	}
}

// peak watches how much memory a process has taken, in MiB, until it ends.
func peak(pid int) int {
	var most int
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, found := strings.Cut(string(status), "VmHWM:")
		if err != nil || !found { // it has ended
			return most >> 10
		}
		var kib int
		if _, err := fmt.Sscan(rest, &kib); err == nil {
			most = max(most, kib)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2].Round(time.Millisecond)
}
