// SPDX-License-Identifier: Apache-2.0

package controlplane

import "syscall"

// dieWithParent makes the kernel kill a child when this process ends, however it ends.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
