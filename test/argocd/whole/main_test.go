// SPDX-License-Identifier: Apache-2.0

// Package whole runs all of Argo CD that syncs, with the plugin as its sidecar, on a real control plane with korender-live:
// objects move between git and live, and none that should live is asked to be deleted.
package whole

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/korender/korender/test/argocd"
)

var cluster *argocd.Cluster

const kind = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: PLURAL.handover.example.com}
spec:
  group: handover.example.com
  names: {kind: KIND, plural: PLURAL, listKind: KINDList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
`

func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	code, err := run(ctx, m)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(ctx context.Context, m *testing.M) (int, error) {
	world, err := argocd.NewWorld(ctx, os.Stderr)
	if err != nil {
		return 0, err
	}
	defer world.Close()
	kinds := strings.NewReplacer("PLURAL", "addresses", "KIND", "Address").Replace(kind) + "---" +
		strings.NewReplacer("PLURAL", "databases", "KIND", "Database").Replace(kind)
	// The time of grace must outlast a sync.
	if cluster, err = argocd.NewCluster(ctx, world, kinds, "--teardown-grace", "20s"); err != nil {
		return 0, err
	}
	defer cluster.Close()
	return m.Run(), nil
}
