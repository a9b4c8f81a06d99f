// SPDX-License-Identifier: Apache-2.0

package diag

// testCodes are the codes KR06xx.
var testCodes = []Entry{}
