// SPDX-License-Identifier: Apache-2.0

//go:build race

package product

// raceFlags build a controller with the race detector when the tests have it.
var raceFlags = []string{"-race"}
