// SPDX-License-Identifier: Apache-2.0

package diag

// evalCodes are the codes KR04xx.
var evalCodes = []Entry{}
