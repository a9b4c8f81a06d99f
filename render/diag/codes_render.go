// SPDX-License-Identifier: Apache-2.0

package diag

// renderCodes are the codes KR05xx.
var renderCodes = []Entry{}
