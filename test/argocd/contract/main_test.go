// SPDX-License-Identifier: Apache-2.0

// Package contract holds what the plugin says and takes to Argo CD's own types: the loader of plugin.yaml, announcements and
// parameters, settings, the engine that runs health scripts, and the installation that the component is put over.
package contract

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/korender/korender/test/argocd"
)

// binary is korender, top the folder of the product, shop an Application in a repository of the tests.
var binary, top, shop string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "contract-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if top, err = argocd.Top(); err != nil {
		return 0, err
	}
	shop = filepath.Join(top, "test/argocd/testdata/repository/sites/shop")
	if binary, err = argocd.Product(context.Background(), "korender", dir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
