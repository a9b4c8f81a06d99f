// SPDX-License-Identifier: Apache-2.0

package diag

// schemaCodes are the codes KR01xx.
var schemaCodes = []Entry{}
