// SPDX-License-Identifier: Apache-2.0

package diag

// exprCodes are the codes KR03xx.
var exprCodes = []Entry{}
