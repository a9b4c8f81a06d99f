// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestDefaults has the server fill in what a target leaves out: that is no difference.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, apiVersion, kind, function, spec string }{
		{"service", "v1", "Service", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec: {selector: {app: made}, ports: [{port: =inputs.spec.port}]}
`, "{port: 80}"},
		{"deployment", "apps/v1", "Deployment", deployment(""), "{image: example.com/app, mode: first}"},
		{"cron-job", "batch/v1", "CronJob", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec:
      schedule: =inputs.spec.schedule
      suspend: false
      jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: example.com/app}]}}}}
`, `{schedule: "0 4 * * *"}`},
		{"null", "v1", "ConfigMap", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: {data: {kept: =inputs.spec.kept, never: null}}
`, "{kept: here}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := deploy(t, c.apiVersion, c.kind, c.function, c.spec)
			a.ready()
			a.calm()
			assert.Equal(t, []string{"patch"}, a.writes(0))
			a.ready()
		})
	}
}

// TestQuantities has the server keep quantities in a form of its own: that is a difference, and is left after two writes.
func TestQuantities(t *testing.T) {
	t.Parallel()
	const function = `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec: {hard: {limits.cpu: =inputs.spec.cpu, limits.memory: =inputs.spec.memory}}
`
	a := deploy(t, "v1", "ResourceQuota", function, "{cpu: 1000m, memory: 1024Mi}")
	a.notConverging("it differs again after every write: 'spec' -> 'hard' -> 'limits.cpu'")
	a.calm()
	assert.Equal(t, []string{"patch", "patch"}, a.writes(0))
	assert.Equal(t, `{"limits.cpu":"1","limits.memory":"1Gi"}`, a.field("spec", "hard"))

	// Written as the server has them, they are the same, and nothing is left to write.
	from := a.mark()
	a.change(`{cpu: "1", memory: 1Gi}`)
	a.ready()
	a.calm()
	assert.LessOrEqual(t, len(a.writes(from)), 1)

	// One of them alone is told by its own name.
	a.change(`{cpu: "1", memory: 2048Mi}`)
	a.notConverging("it differs again after every write: 'spec' -> 'hard' -> 'limits.memory'")
	a.calm()
	assert.Equal(t, `{"limits.cpu":"1","limits.memory":"2Gi"}`, a.field("spec", "hard"))
}
