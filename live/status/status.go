// SPDX-License-Identifier: Apache-2.0

// Package status says what a run came to: conditions, state and events, from a plan and the changes that were made. It is
// pure.
package status
