// SPDX-License-Identifier: Apache-2.0

package source

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/korender/korender/render/diag"
)

// words are the plain scalars of YAML 1.1 that stand for something else than their text, as kubectl reads them.
var words = map[string]any{
	"": nil, "~": nil, "null": nil, "Null": nil, "NULL": nil,
	"true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
	"yes": true, "Yes": true, "YES": true, "no": false, "No": false, "NO": false,
	"on": true, "On": true, "ON": true, "off": false, "Off": false, "OFF": false,
	"y": true, "Y": true, "n": false, "N": false,
}

var (
	floatText = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	dateText  = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$`)
	base60    = regexp.MustCompile(`^[-+]?\d+(:[0-5]?\d)+(\.\d*)?$`)
)

// resolve reads a plain scalar without a tag. The error text says what JSON cannot hold.
func resolve(text string) (kind Kind, value any, trouble string) {
	if text == "" {
		return Null, nil, ""
	}
	if !startsSpecial(text[0]) {
		return String, text, ""
	}
	if v, found := words[text]; found {
		if v == nil {
			return Null, nil, ""
		}
		return Bool, v, ""
	}
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case ".nan", ".inf":
		return Float, nil, "a number that JSON cannot hold; quote it to make it text"
	}
	if !strings.ContainsAny(text[:1], "+-.0123456789") || dateText.MatchString(text) && validDate(text) {
		return String, text, ""
	}
	return resolveNumber(text)
}

// startsSpecial tells whether a plain scalar that begins with c can be anything but text.
func startsSpecial(c byte) bool {
	return strings.IndexByte("~+-.0123456789tTfFyYnNoO", c) >= 0
}

func validDate(text string) bool {
	day := strings.FieldsFunc(text, func(r rune) bool { return r == 'T' || r == 't' || r == ' ' })[0]
	_, err := time.Parse("2006-1-2", day)
	return err == nil
}

func resolveNumber(text string) (Kind, any, string) {
	digits := strings.ReplaceAll(text, "_", "")
	if text[0] != '.' {
		if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
			return Int, i, ""
		}
		if _, err := strconv.ParseUint(digits, 0, 64); err == nil {
			return Int, nil, "a whole number that does not fit in 64 bits with a sign; quote it to make it text"
		}
	}
	if floatText.MatchString(digits) {
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil || math.IsInf(f, 0) {
			return Float, nil, "a number that is too large; quote it to make it text"
		}
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 && !strings.ContainsAny(digits, ".eE") {
			return Int, int64(f), ""
		}
		return Float, f, ""
	}
	return String, text, ""
}

// Doubt says why the reader of a plain scalar may take it for something else than kubectl does; "" when there is no
// doubt. Only scalars without quotes are doubtful.
func (n *Node) Doubt() string {
	if n == nil || n.style != plain {
		return ""
	}
	text := n.written()
	switch {
	case n.Kind == Bool && !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") && text != "":
		return "unquoted " + text + " is the boolean " + strconv.FormatBool(n.Value.(bool))
	case n.Kind == String && dateText.MatchString(text) && validDate(text):
		return "unquoted " + text + " is text here, and a date for other YAML readers"
	case n.Kind == String && base60.MatchString(text):
		return "unquoted " + text + " is text here, and a base-60 number for other YAML readers"
	case n.Kind == Int && len(text) > 1 && text[0] == '0' && strings.Trim(text, "01234567_") == "":
		return "unquoted " + text + " is octal: " + strconv.FormatInt(n.Value.(int64), 10)
	}
	return ""
}

// Doubts warns of every doubtful scalar and key of the documents.
func Doubts(docs []*Document) diag.List {
	var out diag.List
	for _, d := range docs {
		out = append(out, d.doubtfulKeys...)
		out = d.Root.doubts(out)
	}
	return out
}

func (n *Node) doubts(out diag.List) diag.List {
	if n == nil {
		return out
	}
	if text := n.Doubt(); text != "" {
		out = append(out, doubtful(n, text))
	}
	for _, item := range n.Items {
		out = item.doubts(out)
	}
	for _, p := range n.Pairs {
		out = p.Value.doubts(out)
	}
	return out
}

func doubtful(n *Node, text string) diag.Diagnostic {
	p := n.Problem(diag.Doubtful, "%s", text)
	p.Severity = diag.Warning
	p.Hint = "quote it to make it text, or write what you mean"
	return p
}

// written is the text of a plain one-line scalar as it stands in the file.
func (n *Node) written() string {
	line := n.doc.Excerpt(n.doc.Line + int(n.line) - 1)
	runes := []rune(line)
	if n.Kind == String {
		return n.Value.(string)
	}
	if int(n.col)-1 > len(runes) || n.col < 1 {
		return ""
	}
	rest := string(runes[n.col-1:])
	if i := strings.IndexAny(rest, " \t,]}#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
