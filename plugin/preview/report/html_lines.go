// SPDX-License-Identifier: Apache-2.0

package report

import "strings"

// block is one field.
type block struct {
	Path  string
	Lines []line
}

// line of a field: new, old, or as it was.
type line struct {
	Class, Sign string
	Parts       []part
}

// part of a line: plain, marked as what differs, a hole, or a secret.
type part struct{ Class, Text string }

func wholeOf(lines []string) []part {
	for i := range lines {
		lines[i] = lines[i][1:]
	}
	return partsOf(strings.Join(lines, "\n"))
}

// blocksOf cuts the lines of a change into fields.
func blocksOf(lines []string) []block {
	var out []block
	for _, text := range lines {
		if path, isField := strings.CutPrefix(text, "@ "); isField || len(out) == 0 {
			out = append(out, block{Path: path})
			continue
		}
		b := &out[len(out)-1]
		class := map[byte]string{'+': "new", '-': "old"}[text[0]]
		b.Lines = append(b.Lines, line{Class: class, Sign: text[:1] + " ", Parts: partsOf(text[1:])})
	}
	for i := range out {
		l := out[i].Lines
		if len(l) != 2 || l[0].Class != "old" || l[1].Class != "new" {
			continue
		}
		if strings.TrimSpace(textOf(l[0])) == "hidden" && strings.TrimSpace(textOf(l[1])) == "hidden, changed" {
			out[i].Lines = []line{{Sign: "~ ", Parts: []part{{"secret", "changed, and not shown"}}}}
			continue
		}
		differing(&l[0], &l[1])
	}
	return out
}

func textOf(l line) string {
	var out strings.Builder
	for _, p := range l.Parts {
		out.WriteString(p.Text)
	}
	return out.String()
}

// partsOf finds holes and secrets in a text.
func partsOf(text string) []part {
	var out []part
	for plain := 0; ; {
		from := strings.Index(text[plain:], "‹")
		if from < 0 {
			return withText(out, text)
		}
		from += plain
		inside, _, closed := strings.Cut(text[from+len("‹"):], "›")
		class := ""
		switch {
		case !closed:
			return withText(out, text)
		case strings.HasPrefix(inside, "waits for "):
			class = "hole"
		case inside == "hidden", inside == "hidden, changed":
			class = "secret"
		default:
			plain = from + len("‹")
			continue
		}
		out = append(withText(out, text[:from]), part{class, inside})
		text, plain = text[from+len("‹"+inside+"›"):], 0
	}
}

// withText adds a plain part, if there is any.
func withText(parts []part, text string) []part {
	if text == "" {
		return parts
	}
	return append(parts, part{Text: text})
}

// differing marks what differs in two lines that have something in common.
func differing(before, after *line) {
	if len(before.Parts) != 1 || len(after.Parts) != 1 { // holes are parts of their own
		return
	}
	a, b := []rune(before.Parts[0].Text), []rune(after.Parts[0].Text)
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	end := 0
	for end < len(a)-from && end < len(b)-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	if (from+end)*4 < max(len(a), len(b)) {
		return
	}
	before.Parts, after.Parts = marked(a, from, end), marked(b, from, end)
}

func marked(text []rune, from, end int) []part {
	out := withText(nil, string(text[:from]))
	if middle := string(text[from : len(text)-end]); middle != "" {
		out = append(out, part{"mark", middle})
	}
	return withText(out, string(text[len(text)-end:]))
}
