// SPDX-License-Identifier: Apache-2.0

package diag

// programCodes are the codes KR02xx.
var programCodes = []Entry{}
