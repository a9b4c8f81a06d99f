// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"slices"
	"strings"
)

// Suggest finds the candidate that word is most likely a slip of: at most a third of its letters may differ (one for
// words up to five letters). It returns "" when none is near. Ties go to the alphabetically first candidate.
func Suggest(word string, candidates []string) string {
	limit := max(1, len(word)/3)
	best, bestAt := "", limit+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if c == word {
			continue
		}
		at := distance(strings.ToLower(word), strings.ToLower(c), limit)
		if at < bestAt {
			best, bestAt = c, at
		}
	}
	return best
}

// DidYouMean is `did you mean "x"?`, or "" when no candidate is near word.
func DidYouMean(word string, candidates []string) string {
	if s := Suggest(word, candidates); s != "" {
		return `did you mean "` + s + `"?`
	}
	return ""
}

// distance is the number of insertions, deletions, substitutions and swaps of neighbours between a and b, or limit+1
// when it is larger than limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit+1)
}
