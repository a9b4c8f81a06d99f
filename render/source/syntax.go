// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/korender/korender/render/diag"
)

var errorLine = lazy(`^line (\d+): (.*)`)

// syntaxError makes a problem of what the YAML parser says.
func (d *Document) syntaxError(err error, limits Limits) diag.Diagnostic {
	d.secret = seemsSecret(d.Raw)
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if m := errorLine().FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	if strings.Contains(text, "exceeded max depth") {
		return d.tooDeep(diag.Pos{File: d.File, Line: d.Line}, limits)
	}
	if found := d.firstBadLine(err.Error()); found > 0 {
		line = found
	}
	line = max(1, min(line, len(d.lineStarts())))
	cause := causeOf(text, d.rawLine(line))
	if next := d.rawLine(line + 1); cause.tab < 0 && indentTab(next) >= 0 && strings.Contains(text, "cannot start any token") {
		cause, line = causeOf(text, next), line+1
	}
	if d.secret {
		text = withoutValue(text)
	}
	at := diag.Pos{File: d.File, Line: d.Line + line - 1, Column: countRunes([]byte(d.rawLine(line)[:cause.column])) + 1}
	p := d.Problem(at, diag.Syntax, "not valid YAML: %s", text)
	p.Hint = cause.hint
	return p
}

const bisected = 1 << 20 // bytes of a document up to which the line of an error is searched for

// firstBadLine finds the first line with which the text has the same error as the whole: the parser itself tells where
// the construct began, or nothing. It is 0 when that cannot be found out in reasonable time.
func (d *Document) firstBadLine(whole string) int {
	if len(d.Raw) > bisected {
		return 0
	}
	starts := d.lineStarts()
	at := sort.Search(len(starts)-1, func(i int) bool {
		_, err := parseYAML(d.Raw[:starts[i+1]])
		return err != nil && err.Error() == whole
	})
	return at + 1
}

// rawLine is a line of Raw, from 1, also of a Secret: it must not be shown.
func (d *Document) rawLine(line int) string {
	starts := d.lineStarts()
	if line < 1 || line > len(starts) {
		return ""
	}
	text := d.Raw[starts[line-1]:]
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return strings.TrimSuffix(string(text), "\r")
}

var quotedName = lazy(`'[^']*'`)

func withoutValue(text string) string { return quotedName().ReplaceAllString(text, "…") }

// cause is what is likely wrong in a line: the byte where it stands and what would be right. Tab is that of a tab in
// the indentation, or -1.
type cause struct {
	column int
	hint   string
	tab    int
}

func causeOf(text, line string) cause {
	first := len(line) - len(strings.TrimLeft(line, " \t"))
	c := cause{column: first, tab: indentTab(line)}
	switch has := func(part string) bool { return strings.Contains(text, part) }; {
	case c.tab >= 0:
		c.column, c.hint = c.tab, "indent with spaces: YAML does not allow tabs there"
	case has("mapping values are not allowed"):
		c.column, c.hint = secondColon(line, first), `a value that holds ": " must be quoted, and keys of one map must be indented alike`
	case has("unexpected end of stream"), has("quoted scalar"), has("unexpected document indicator"):
		c.column, c.hint = openQuote(line, first), "a quote is opened and never closed"
	case has("could not find expected ':'"):
		c.hint = `a key needs ": " after it, and keys of one map must be indented alike`
	case has("cannot start any token"):
		c.column, c.hint = badStart(line, first), "a value that begins with this character must be quoted"
	case has("unknown anchor"):
		c.column = max(first, strings.IndexByte(line, '*'))
		c.hint = "an alias (*name) needs an anchor (&name) earlier in the same document; quote the value if it is no alias"
	case has("escape"):
		c.column = max(first, strings.IndexByte(line, '\\'))
		c.hint = "in double quotes a backslash begins an escape; write it twice, or use single quotes"
	case has("control characters"):
		c.column, c.hint = control(line, first), "remove the invisible character, or write it as an escape in double quotes"
	case has("expected ',' or"):
		c.column, c.hint = openBracket(line, first), "a bracket is opened and never closed, or a comma is missing"
	case has("<document start>"):
		c.hint = "a second value begins here; separate documents by a line of ---"
	case has("tag"):
		c.column, c.hint = max(first, strings.IndexByte(line, '!')), "a value that begins with ! must be quoted"
	case has("did not find expected"), has("block collection entry"):
		c.hint = "check the indentation and the brackets here and in the line above"
	default:
		c.hint = "check the indentation, quotes and brackets here and in the line above"
	}
	return c
}

// indentTab is the first tab in the white space before the text of a line, or -1.
func indentTab(line string) int {
	return strings.IndexByte(line[:len(line)-len(strings.TrimLeft(line, " \t"))], '\t')
}

// secondColon is the colon after which no value is allowed: the second one of the line that ends a key, else the first.
func secondColon(line string, first int) int {
	at, found := first, 0
	for i := first; i < len(line); i++ {
		if line[i] == ':' && (i+1 == len(line) || line[i+1] == ' ' || line[i+1] == '\t') {
			if at, found = i, found+1; found == 2 {
				break
			}
		}
	}
	return at
}

// openQuote is the last quote that begins a value.
func openQuote(line string, first int) int {
	at := first
	for i := first; i < len(line); i++ {
		if (line[i] == '"' || line[i] == '\'') && (i == first || strings.IndexByte(" \t[{,:", line[i-1]) >= 0) {
			at = i
		}
	}
	return at
}

// openBracket is the first bracket of the line that is not closed on it.
func openBracket(line string, first int) int {
	var open []int
	for i := first; i < len(line); i++ {
		switch line[i] {
		case '[', '{':
			open = append(open, i)
		case ']', '}':
			open = open[:max(0, len(open)-1)]
		}
	}
	if len(open) > 0 {
		return open[0]
	}
	return first
}

// badStart is the first character that no plain value begins with, where a value begins.
func badStart(line string, first int) int {
	for i := first; i < len(line); i++ {
		if strings.IndexByte("@`%\t", line[i]) >= 0 && (i == first || strings.IndexByte(" \t[{,", line[i-1]) >= 0) {
			return i
		}
	}
	return first
}

func control(line string, first int) int {
	for i := range len(line) {
		if line[i] < ' ' && line[i] != '\t' || line[i] == 0x7f {
			return i
		}
	}
	return first
}

// jsonError finds what is wrong with a file that must be JSON. It is true when nothing is.
func (d *Document) jsonError() (diag.Diagnostic, bool) {
	if len(bytes.TrimSpace(d.Raw)) == 0 || json.Valid(d.Raw) {
		return diag.Diagnostic{}, true
	}
	d.secret = seemsSecret(d.Raw)
	var value any
	var wrong *json.SyntaxError
	err := json.Unmarshal(d.Raw, &value)
	var offset int
	if errors.As(err, &wrong) && !strings.Contains(err.Error(), "unexpected end") {
		offset = int(wrong.Offset) - 1
	} else {
		offset = len(bytes.TrimRight(d.Raw, " \t\r\n"))
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	p := d.Problem(d.at(offset), diag.Syntax, "not valid JSON: %s", text)
	p.Hint = "a file that ends in .json must hold JSON; for YAML, name it .yaml"
	if strings.Contains(text, "after top-level value") {
		p.Hint = "begin each value of the file on a line of its own, or make them items of a List"
	}
	return p, false
}

func (d *Document) tooDeep(at diag.Pos, limits Limits) diag.Diagnostic {
	p := d.Problem(at, diag.TooDeep, "maps and lists are nested more than %d deep", limits.Depth)
	p.Hint = "no manifest needs this: check for unclosed brackets or a generator gone wrong; else raise limits.depth in " + ConfigFile
	return p
}
