// SPDX-License-Identifier: Apache-2.0

package preview

import "strings"

// outerOf cuts the path of a step: label[2].inner is inner of label[2], and label[2] an item of label.
func outerOf(path string) (outer, label string) {
	if strings.HasSuffix(path, "]") {
		return path[:strings.LastIndexByte(path, '[')], ""
	}
	if at := strings.LastIndexByte(path, '.'); at >= 0 {
		return path[:at], path[at+1:]
	}
	return "", path
}
