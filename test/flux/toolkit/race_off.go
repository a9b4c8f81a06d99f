// SPDX-License-Identifier: Apache-2.0

//go:build !race

package toolkit

// raceFlags build the product's controller with the race detector when the tests have it.
var raceFlags []string
