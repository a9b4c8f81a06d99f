// SPDX-License-Identifier: Apache-2.0

package source

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render/diag"
)

// words are the plain scalars of YAML 1.1 that stand for something else than their text, as kubectl reads them.
var words = map[string]any{
	"~": nil, "null": nil, "Null": nil, "NULL": nil,
	"true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
	"yes": true, "Yes": true, "YES": true, "no": false, "No": false, "NO": false,
	"on": true, "On": true, "ON": true, "off": false, "Off": false, "OFF": false,
	"y": true, "Y": true, "n": false, "N": false,
	".inf": math.Inf(1), ".Inf": math.Inf(1), ".INF": math.Inf(1), "+.inf": math.Inf(1), "+.Inf": math.Inf(1), "+.INF": math.Inf(1),
	"-.inf": math.Inf(-1), "-.Inf": math.Inf(-1), "-.INF": math.Inf(-1), ".nan": math.NaN(), ".NaN": math.NaN(), ".NAN": math.NaN(),
}

func (c *converter) fillScalar(n *Node, y *yaml.Node) {
	switch y.Style &^ yaml.TaggedStyle {
	case yaml.SingleQuotedStyle:
		n.style = singleQuoted
	case yaml.DoubleQuotedStyle:
		n.style = doubleQuoted
	case yaml.LiteralStyle:
		n.style = literal
	case yaml.FoldedStyle:
		n.style = folded
	}
	tagged := y.Style&yaml.TaggedStyle != 0
	if !tagged && n.style != plain {
		n.Kind, n.Value = String, y.Value
		return
	}
	if tagged {
		c.fillTagged(n, y)
		return
	}
	var trouble string
	n.Kind, n.Value, trouble = resolve(y.Value)
	if trouble != "" {
		c.scalarProblem(n, diag.BadNumber, y.Value, "is "+trouble)
		return
	}
	c.doubt(n, y.Value)
}

// fillTagged reads a scalar with a tag; a tag that YAML does not define says nothing about the value.
func (c *converter) fillTagged(n *Node, y *yaml.Node) {
	kind, value, _ := resolve(y.Value)
	ok := true
	switch y.Tag {
	case "!!int":
		ok = kind == Int
	case "!!float":
		ok = value != nil && (kind == Int || kind == Float)
	case "!!bool":
		ok = kind == Bool
	case "!!null":
		ok = kind == Null
	case "!!binary":
		text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(y.Value), ""))
		kind, value, ok = String, string(text), err == nil && utf8.Valid(text)
	default:
		kind, value = String, y.Value
	}
	if !ok {
		c.scalarProblem(n, diag.BadTag, y.Value, "does not fit its tag "+y.Tag)
		return
	}
	n.Kind, n.Value = kind, value
}

func (c *converter) scalarProblem(n *Node, code diag.Code, text, trouble string) {
	if c.doc.secret {
		text = "the value"
	}
	p := n.Problem(code, "%s %s", text, trouble)
	if code == diag.BadNumber {
		p.Hint = "quote it to make it text"
	}
	c.problems = append(c.problems, p)
}

// resolve reads a plain scalar without a tag. Trouble says what JSON cannot hold.
func resolve(text string) (kind Kind, value any, trouble string) {
	if text == "" {
		return Null, nil, ""
	}
	if !startsSpecial(text[0]) {
		return String, text, ""
	}
	if v, found := words[text]; found {
		switch v.(type) {
		case bool:
			return Bool, v, ""
		case float64:
			return Float, nil, "a number that JSON cannot hold"
		}
		return Null, nil, ""
	}
	if strings.IndexByte("+-.0123456789", text[0]) < 0 || isDate(text) {
		return String, text, ""
	}
	return resolveNumber(text)
}

// startsSpecial tells whether a plain scalar that begins with c can be anything but text.
func startsSpecial(c byte) bool {
	return strings.IndexByte("~+-.0123456789tTfFyYnNoO", c) >= 0
}

func resolveNumber(text string) (Kind, any, string) {
	digits := text
	if text[0] != '.' { // kubectl reads .5_0 as text
		digits = strings.ReplaceAll(text, "_", "")
		if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
			return Int, i, ""
		}
		if wholeNumber(digits) {
			return Int, nil, "a whole number that does not fit in 64 bits with a sign"
		}
	}
	if !floatText(digits) {
		return String, text, ""
	}
	f, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil: // out of range, such as the hash 12e4567: text for kubectl
		return String, text, ""
	case f == math.Trunc(f) && math.Abs(f) < 1<<53 && !strings.ContainsAny(digits, ".eE"):
		return Int, int64(f), "" // 08
	}
	return Float, f, ""
}

// wholeNumber tells whether a text that fits no int64 is a whole number all the same.
func wholeNumber(digits string) bool {
	if _, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return true
	}
	body := strings.TrimLeft(digits, "+-")
	return len(digits)-len(body) <= 1 && len(body) > 18 && strings.Trim(body, "0123456789") == ""
}

// floatText tells whether a text is a float of YAML: digits with a point, an exponent or both.
func floatText(s string) bool {
	if s[0] == '+' || s[0] == '-' {
		s = s[1:]
	}
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if exponent == "" {
			return false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return (whole != "" || fraction != "") && allDigits(whole) && allDigits(fraction) && allDigits(exponent)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// dateForms are the dates of YAML 1.1 that kubectl knows; it makes text of them.
var dateForms = [...]string{"2006-1-2T15:4:5.999999999Z07:00", "2006-1-2t15:4:5.999999999Z07:00", "2006-1-2 15:4:5.999999999", "2006-1-2"}

func isDate(text string) bool {
	if len(text) < 8 || text[4] != '-' || !allDigits(text[:4]) {
		return false
	}
	for _, form := range dateForms {
		if _, err := time.Parse(form, text); err == nil {
			return true
		}
	}
	return false
}
