// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestScalerStatus has somebody scale a Deployment to other numbers all the time: once the instance has said so, it says
// nothing new each time.
func TestScalerStatus(t *testing.T) {
	t.Parallel()
	a := deploy(t, "apps/v1", "Deployment", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec:
      replicas: =inputs.spec.replicas
      selector: {matchLabels: {app: made}}
      template:
        metadata: {labels: {app: made}}
        spec: {containers: [{name: app, image: example.com/app}]}
`, "{replicas: 1}")
	a.ready()
	stop, scaled := a.scale()
	a.notConverging("it differs again after every write: 'spec' -> 'replicas'")
	before := scaled.Load()
	a.until(func() bool { return scaled.Load() >= before+6 }, "the scaler goes on") // Events are written later
	from := a.mark()
	before = scaled.Load()
	a.until(func() bool { return scaled.Load() >= before+20 }, "the scaler goes on")
	assert.Empty(t, a.texts(from))
	stop()
}
