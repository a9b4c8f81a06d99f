// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"slices"
	"strings"
)

// diffLine is one line of a diff: mark is '-', '+', or ' ' for a line of both sides.
type diffLine struct {
	mark byte
	text string
}

const (
	longDiff    = 1 << 20 // pairs of lines above which the shortest diff is not worth its time
	diffContext = 3       // common lines that are shown around a change
)

// valueLines writes a value as lines: a text of several lines as it is, all else as indented JSON.
func valueLines(v any) []string {
	if text, ok := v.(string); ok && strings.Contains(text, "\n") {
		return strings.Split(text, "\n")
	}
	text, err := jsonText(v)
	if err != nil {
		return []string{"(a value that JSON cannot hold)"}
	}
	return strings.Split(text, "\n")
}

// diffLines is the shortest list of lines that turns want into got, without the common lines that are far from any
// change.
func diffLines(want, got []string) []diffLine {
	lead := 0
	for lead < len(want) && lead < len(got) && want[lead] == got[lead] {
		lead++
	}
	tail := 0
	for tail < len(want)-lead && tail < len(got)-lead && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	out := appendLines(nil, ' ', want[:lead])
	out = appendChanges(out, want[lead:len(want)-tail], got[lead:len(got)-tail])
	return folded(appendLines(out, ' ', want[len(want)-tail:]))
}

func appendChanges(out []diffLine, want, got []string) []diffLine {
	if len(want)*len(got) > longDiff {
		return appendLines(appendLines(out, '-', want), '+', got)
	}
	common := commonLengths(want, got)
	i, j := 0, 0
	for i < len(want) && j < len(got) {
		switch {
		case want[i] == got[j]:
			out = append(out, diffLine{' ', want[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, diffLine{'-', want[i]})
			i++
		default:
			out = append(out, diffLine{'+', got[j]})
			j++
		}
	}
	return appendLines(appendLines(out, '-', want[i:]), '+', got[j:])
}

func appendLines(out []diffLine, mark byte, lines []string) []diffLine {
	for _, l := range lines {
		out = append(out, diffLine{mark, l})
	}
	return out
}

// commonLengths[i][j] is the length of the longest common subsequence of want[i:] and got[j:].
func commonLengths(want, got []string) [][]int {
	table := make([][]int, len(want)+1)
	for i := range table {
		table[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				table[i][j] = table[i+1][j+1] + 1
				continue
			}
			table[i][j] = max(table[i+1][j], table[i][j+1])
		}
	}
	return table
}

// folded replaces each run of common lines that are far from any change by one line of dots.
func folded(lines []diffLine) []diffLine {
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l.mark == ' ' {
			continue
		}
		for j := max(0, i-diffContext); j <= min(len(lines)-1, i+diffContext); j++ {
			near[j] = true
		}
	}
	var out []diffLine
	for i, l := range lines {
		switch {
		case near[i]:
			out = append(out, l)
		case i == 0 || near[i-1]:
			out = append(out, diffLine{' ', "…"})
		}
	}
	return slices.Clip(out)
}
