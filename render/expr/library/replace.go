// SPDX-License-Identifier: Apache-2.0

package library

import (
	"errors"
	"regexp"
	"strings"
)

// re2 compiles a pattern for the functions that need its groups. They do not backtrack.
func re2(text string) (*regexp.Regexp, error) {
	p, err := CompilePattern(text)
	if err != nil {
		return nil, err
	}
	if p.fast == nil {
		return nil, errors.New("the pattern has look-around or back-references; only matches takes those")
	}
	return p.fast, nil
}

// oneGroup compiles a pattern with at most one group, and tells which group holds the result.
func oneGroup(text string) (*regexp.Regexp, int, error) {
	re, err := re2(text)
	if err != nil {
		return nil, 0, err
	}
	if re.NumSubexp() > 1 {
		return nil, 0, errors.New("the pattern has more than one group")
	}
	return re, re.NumSubexp(), nil
}

// Extract is the first match of a pattern, or of its group; null when there is none.
func Extract(s, pattern string) (any, error) {
	re, group, err := oneGroup(pattern)
	if err != nil {
		return nil, err
	}
	m := re.FindStringSubmatch(s)
	if m == nil || group == 1 && m[1] == "" {
		return nil, nil
	}
	return m[group], nil
}

// ExtractAll is every match of a pattern, or of its group.
func ExtractAll(s, pattern string) ([]any, error) {
	re, group, err := oneGroup(pattern)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		if group == 0 || m[1] != "" {
			out = append(out, m[group])
		}
	}
	return out, nil
}

// ReplacePattern replaces the first count matches of a pattern, all when count is negative. In with, \1 to \9 are the
// groups of the match, \0 is all of it, and \\ is a backslash. pay is told how many bytes are made.
func ReplacePattern(s, pattern, with string, count int64, pay func(int) error) (any, error) {
	re, err := re2(pattern)
	if err != nil {
		return nil, err
	}
	if err := pay((2*re.NumSubexp() + 6) * 8 * (len(s) + 1)); err != nil { // the places of all matches
		return nil, err
	}
	var b strings.Builder
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, matchLimit(count)) {
		b.WriteString(s[last:m[0]])
		size := b.Len()
		if err := expand(&b, s, with, m); err != nil {
			return nil, err
		}
		if err := pay(b.Len() - size); err != nil {
			return nil, err
		}
		last = m[1]
	}
	b.WriteString(s[last:])
	return b.String(), nil
}

func matchLimit(count int64) int {
	if count < 0 {
		return -1
	}
	return int(min(count, 1<<30))
}

// expand writes the replacement of one match.
func expand(b *strings.Builder, s, with string, match []int) error {
	for {
		before, rest, found := strings.Cut(with, `\`)
		b.WriteString(before)
		if !found {
			return nil
		}
		if rest == "" {
			return errors.New(`the replacement ends with a single \`)
		}
		switch c := rest[0]; {
		case c == '\\':
			b.WriteByte('\\')
		case c < '0' || c > '9':
			return errors.New(`in the replacement, \ must be followed by a digit or by \`)
		case int(c-'0')*2 >= len(match):
			return errors.New("the replacement names a group that the pattern does not have")
		case match[2*(c-'0')] >= 0:
			b.WriteString(s[match[2*(c-'0')]:match[2*(c-'0')+1]])
		}
		with = rest[1:]
	}
}
