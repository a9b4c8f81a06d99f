// SPDX-License-Identifier: Apache-2.0

package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stages says what each example's steps come to: at git time, then with the observations of each of its stages, in
// order. The last stage observes everything.
var stages = map[string][]string{
	"ack-bucket": {
		"bucket Deferred git, policy Deferred live, role Deferred live",
		"bucket Ok git, policy Deferred git, role Deferred live",
		"bucket Ok git, policy Ok git, role Deferred git",
		"bucket Ok git, policy Ok git, role Ok git",
	},
	"argo-workflow": {
		"run Deferred git, publish Deferred live",
		"run Retry git, publish DepSkip none",
		"run Ok git, publish Ok git",
		"run Ok git, publish Ok git",
	},
	"config-connector": {
		"network Deferred git, subnet Deferred live, firewall Deferred live",
		"network Retry git, subnet DepSkip none, firewall DepSkip none",
		"network Ok git, subnet Deferred git, firewall Deferred live",
		"network Ok git, subnet Ok git, firewall Deferred git",
		"network Ok git, subnet Ok git, firewall Ok git",
	},
	"crossplane-database": {
		"claim Deferred git, connection Deferred none, alias Deferred live, app Deferred live",
		"claim Retry git, connection DepSkip none, alias DepSkip none, app DepSkip none",
		"claim Ok git, connection Deferred none, alias Deferred live, app Deferred live",
		"claim Ok git, connection Ok none, alias Ok git, app Deferred git",
		"claim Ok git, connection Ok none, alias Ok git, app Ok git",
	},
	"custom-controller": {
		"topics Deferred none, topics[0] Deferred git, topics[1] Deferred git, names Ok git, endpoints Deferred live",
		"topics Retry none, topics[0] Ok git, topics[1] Retry git, names Ok git, endpoints DepSkip none",
		"topics Ok none, topics[0] Ok git, topics[1] Ok git, names Ok git, endpoints Ok git",
		"topics Ok none, topics[0] Ok git, topics[1] Ok git, names Ok git, endpoints Ok git",
	},
	"job-before-deployment": {
		"service Ok git, migration Deferred git, deployment Deferred live",
		"service Ok git, migration Retry git, deployment DepSkip none",
		"service Ok git, migration Ok git, deployment Deferred git",
		"service Ok git, migration Ok git, deployment Ok git",
	},
	"own-status": {
		"contact Ok git, naming Ok none, storage Deferred live",
		"contact Ok git, naming Ok none, storage Ok git",
		"contact Ok git, naming Ok none, storage Ok git",
		"contact Ok git, naming Ok none, storage Ok git",
	},
	"patch-deployment": {
		"tier Ok none, deployment Ok git",
		"tier Ok none, deployment Ok git",
	},
}

// TestStages renders every example that has stages with the observations of each. A stage prints what its expected.yaml
// holds, and in the last nothing waits any more.
func TestStages(t *testing.T) {
	t.Parallel()
	for name, want := range stages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("..", "examples", name)
			found, err := filepath.Glob(filepath.Join(dir, "stages", "*"))
			require.NoError(t, err)
			require.Len(t, found, len(want)-1)
			slices.Sort(found)
			_, steps := staged(t, dir)
			assert.Equal(t, want[0], steps, "at git time")
			for i, stage := range found {
				printed, steps := staged(t, dir, "--observed", filepath.Join(stage, "observed.yaml"))
				golden(t, filepath.Join(stage, "expected.yaml"), printed)
				assert.Equal(t, want[i+1], steps, stage)
			}
			for _, word := range []string{"Deferred", "Retry", "Skip", "PermFail"} {
				assert.NotContains(t, want[len(want)-1], word, "the last stage is the full result")
			}
		})
	}
}

// TestStagesAreComplete tells when an example has stages that nothing renders.
func TestStagesAreComplete(t *testing.T) {
	t.Parallel()
	for _, dir := range folders(t, filepath.Join("..", "examples"), "observed.yaml") {
		example := filepath.Base(filepath.Dir(filepath.Dir(dir)))
		assert.Contains(t, stages, example)
	}
}

// staged renders an example, and gives what it prints and what its steps come to.
func staged(t *testing.T, dir string, flags ...string) (printed []byte, steps string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	printed = run(t, append([]string{"render", dir, "--report", file}, flags...)...)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var report struct {
		Instances []struct {
			Steps []struct {
				Path, AppliedBy string
				Outcome         struct{ Type string }
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &report))
	require.Len(t, report.Instances, 1)
	var lines []string
	for _, s := range report.Instances[0].Steps {
		lines = append(lines, s.Path+" "+s.Outcome.Type+" "+s.AppliedBy)
	}
	return printed, strings.Join(lines, ", ")
}
