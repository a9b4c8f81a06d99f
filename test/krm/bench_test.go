// SPDX-License-Identifier: Apache-2.0

package krm

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	benchItems = 1000
	benchRuns  = 5
)

// TestCost has kustomize build the same 1,000 items with nothing to do, with a transformer of its own that sets what
// is set already, with a function that copies its input, and with ours. It measures; it fails only where a build does.
func TestCost(t *testing.T) {
	var items strings.Builder
	for i := range benchItems {
		fmt.Fprintf(&items, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c%d\n  namespace: web\n  labels: {app: shop, tier: front}\ndata:\n  a: \"1\"\n  b: text\n---\n", i)
	}
	noOp := "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: labels}\nlabels: {app: shop}\nfieldSpecs: [{path: metadata/labels, create: true}]\n"
	function := func(command string) string {
		return "apiVersion: korender.dev/v1alpha1\nkind: Render\nmetadata:\n  name: fn\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: " + command + "}\n"
	}
	builds := []struct{ name, transformer string }{
		{"nothing", ""}, {"kustomize's own LabelTransformer", noOp}, {"cat as a function", function("cat")}, {"korender-fn", function("korender-fn")},
	}
	times := map[string][]time.Duration{}
	for _, b := range builds {
		dir := t.TempDir()
		kustomization := "resources: [items.yaml]\n"
		if b.transformer != "" {
			kustomization += "transformers: [transformer.yaml]\n"
		}
		for name, text := range map[string]string{"items.yaml": items.String(), "transformer.yaml": b.transformer, "kustomization.yaml": kustomization} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
		for range benchRuns {
			times[b.name] = append(times[b.name], cost(t, dir, "kustomize", nil, "build", "--enable-alpha-plugins", "--enable-exec", "."))
		}
	}
	alone := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
	for item := range strings.SplitSeq(strings.TrimSuffix(items.String(), "---\n"), "---\n") {
		alone += "- " + strings.ReplaceAll(strings.TrimSpace(item), "\n", "\n  ") + "\n"
	}
	for range benchRuns {
		times["korender-fn alone"] = append(times["korender-fn alone"], cost(t, t.TempDir(), "korender-fn", []byte(alone)))
	}
	for _, name := range []string{builds[0].name, builds[1].name, builds[2].name, builds[3].name, "korender-fn alone"} {
		slices.Sort(times[name])
		t.Logf("%-46s %4d ms of CPU (median of %d; least %d)", name, times[name][benchRuns/2].Milliseconds(), benchRuns, times[name][0].Milliseconds())
	}
}

// cost is the CPU that a command and its children take.
func cost(t *testing.T, dir, name string, stdin []byte, args ...string) time.Duration {
	t.Helper()
	file := filepath.Join(toolbox, name)
	if !exists(file) {
		file = filepath.Join(product, name)
	}
	cmd := exec.Command(file, args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "PATH="+product+string(filepath.ListSeparator)+os.Getenv("PATH"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
