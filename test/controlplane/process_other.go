// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package controlplane

import "syscall"

// dieWithParent cannot be had here: a child outlives a process that ends without Stop.
func dieWithParent() *syscall.SysProcAttr { return nil }
