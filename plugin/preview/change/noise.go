// SPDX-License-Identifier: Apache-2.0

package change

import (
	"slices"
	"strings"
)

// Noise is what does not count.
type Noise struct{ patterns [][]string }

// NoiseOf reads the fields that do not count, as Field.Path writes them; * stands for one key, [*] for one item.
func NoiseOf(ignored []string) Noise {
	var n Noise
	for _, pattern := range ignored {
		n.patterns = append(n.patterns, segmentsOf(pattern))
	}
	return n
}

// drop leaves out the fields that do not count.
func (n Noise) drop(fields []Field) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return n.covers(f.segments) })
}

// quiet leaves out what is dangerous about such fields.
func (n Noise) quiet(alarms []Alarm) []Alarm {
	return slices.DeleteFunc(alarms, func(a Alarm) bool { return n.covers(segmentsOf(a.Path)) })
}

func (n Noise) covers(path []string) bool {
	return slices.ContainsFunc(n.patterns, func(p []string) bool { return begins(path, p) })
}

// begins tells whether a path begins with a pattern, in which * stands for one segment.
func begins(path, pattern []string) bool {
	if len(pattern) == 0 || len(path) < len(pattern) {
		return false
	}
	for i, p := range pattern {
		if p != "*" && p != path[i] && !(p == "[*]" && strings.HasPrefix(path[i], "[")) {
			return false
		}
	}
	return true
}
