// SPDX-License-Identifier: Apache-2.0

//go:build imports

// Package servers keeps the commands in go.mod that the tests of test/flux build and run.
package servers

import (
	_ "github.com/fluxcd/kustomize-controller"
	_ "github.com/fluxcd/source-controller"
)
