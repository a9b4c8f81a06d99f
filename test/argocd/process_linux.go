// SPDX-License-Identifier: Apache-2.0

package argocd

import "syscall"

// dieWithParent has a process end when the tests are killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
