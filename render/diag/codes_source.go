// SPDX-License-Identifier: Apache-2.0

package diag

// sourceCodes are the codes KR00xx.
var sourceCodes = []Entry{}
