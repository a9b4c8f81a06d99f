// SPDX-License-Identifier: Apache-2.0

// Package render has argocd-repo-server and argocd-cmp-server render with the plugin: what comes of it, what a user reads when
// something is wrong, what becomes of calls that are many, given up or too slow, and what it costs.
package render

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/korender/korender/test/argocd"
)

var (
	world *argocd.World // that all tests share
	top   string        // the folder of the product
)

func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	var err error
	if top, err = argocd.Top(); err == nil {
		world, err = argocd.NewWorld(ctx, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	world.Close()
	cancel()
	os.Exit(code)
}
