// SPDX-License-Identifier: Apache-2.0

package plane

import "syscall"

// dieWithParent has a process end, as if interrupted, when the test that started it is killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
