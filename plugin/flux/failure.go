// SPDX-License-Identifier: Apache-2.0

package flux

import "time"

// WaitingError says on what an object waits; it is tried again After some time, or at once when a source changes.
type WaitingError struct {
	Reason, Message string
	After           time.Duration
}

// Error is the message.
func (e *WaitingError) Error() string { return e.Message }

// failedError is a failure that may pass by itself.
type failedError struct {
	reason string
	err    error
}

func (e *failedError) Error() string { return e.err.Error() }
func (e *failedError) Unwrap() error { return e.err }
