// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// deployment builds one container with one variable; which directive it has is up to the test.
func deployment(directive string) string {
	return `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec:
      replicas: 1
      selector: {matchLabels: {app: made}}
      template:
        metadata: {labels: {app: made}}
        spec:
` + directive + `
          containers:
            - name: app
              image: =inputs.spec.image
              x-koreo-compare-as-map: {env: [name]}
              env: [{name: MODE, value: =inputs.spec.mode}]
`
}

const asMap = "          x-koreo-compare-as-map: {containers: [name]}"

const sidecar = `
spec:
  template:
    spec:
      containers:
        - {name: proxy, image: example.com/proxy}
        - {name: app, env: [{name: PROXY, value: "on"}]}
`

// TestForeignItems lets another field manager add a container and a variable. Where lists are compared as maps these are
// no difference, and they outlive our own changes.
func TestForeignItems(t *testing.T) {
	t.Parallel()
	a := deploy(t, "apps/v1", "Deployment", deployment(asMap), "{image: example.com/app, mode: first}")
	a.ready()
	a.foreign("injector", sidecar)
	a.calm()
	assert.Equal(t, []string{"patch"}, a.writes(0))
	a.ready()

	from := a.mark()
	a.change("{image: example.com/app, mode: second}")
	containers := func() string { return names(a, "containers") + " " + variables(a, "app") }
	a.until(func() bool { return containers() == "app proxy MODE=second PROXY=on" }, containers())
	a.ready()
	a.calm()
	assert.Equal(t, "app proxy MODE=second PROXY=on", containers())
	assert.Equal(t, []string{"patch"}, a.writes(from))
}

// TestForeignItemsDiffer is the same without the directive for containers: another item is a difference, which our write
// cannot take away, since the item is somebody else's.
func TestForeignItemsDiffer(t *testing.T) {
	t.Parallel()
	a := deploy(t, "apps/v1", "Deployment", deployment(""), "{image: example.com/app, mode: first}")
	a.ready()
	a.foreign("injector", sidecar)
	a.notConverging("it differs again after every write: 'spec' -> 'template' -> 'spec' -> 'containers'")
	a.calm()
	assert.Equal(t, []string{"patch", "patch"}, a.writes(0))
	assert.Equal(t, "app proxy MODE=first PROXY=on", names(a, "containers")+" "+variables(a, "app"))

	// Without the other's item all is well again.
	a.foreign("injector", "{}")
	a.ready()
	a.calm()
	assert.Equal(t, "app MODE=first", names(a, "containers")+" "+variables(a, "app"))
	assert.Equal(t, []string{"patch", "patch"}, a.writes(0))
}
