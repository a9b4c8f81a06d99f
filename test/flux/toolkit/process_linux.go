// SPDX-License-Identifier: Apache-2.0

package toolkit

import "syscall"

// dieWithParent has a process end when the test that started it is killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
