// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	errNotText   = errors.New("a text is not valid UTF-8")
	errNotNumber = errors.New("a number is infinite or not a number, which JSON cannot hold")
)

func validText(s string) bool { return utf8.ValidString(s) }

// plainText is the text of a null, boolean or number, the same in YAML and JSON; whole floats are written as integers
// where they fit in 64 bits.
func plainText(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return float(v)
	default:
		return "", fmt.Errorf("a value of type %T is no manifest's", value)
	}
}

const maxWhole = 1 << 63 // the first float that no int64 holds

// float is the shortest text of a float. Exponents have a fraction and a sign, without which YAML 1.1 takes them for
// text.
func float(f float64) (string, error) {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "", errNotNumber
	case f == math.Trunc(f) && f >= -maxWhole && f < maxWhole:
		return strconv.FormatInt(int64(f), 10), nil
	case math.Abs(f) >= 1e-6 && math.Abs(f) < maxWhole:
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	if !strings.Contains(text, ".") {
		text = strings.Replace(text, "e", ".0e", 1)
	}
	return text, nil
}

// ambiguous tells whether some reader of YAML 1.1 or 1.2 takes a plain scalar of this text for something else than
// text. It may say so of a little more than it must.
func ambiguous(s string) bool {
	if s == "" {
		return true
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return looksNumeric(s)
	case len(s) > 5:
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<":
		return true
	}
	return false
}

// looksNumeric tells whether a text that begins with a digit, sign or point may be read as a number or a date.
func looksNumeric(s string) bool {
	body := strings.TrimLeft(s, "+-")
	switch {
	case body == "":
		return false
	case body[0] == '.':
		return len(body) > 1 && (onlyNumber(body[1:]) || strings.EqualFold(body, ".inf") || strings.EqualFold(body, ".nan"))
	case body[0] < '0' || body[0] > '9':
		return false
	}
	if len(body) > 1 && body[0] == '0' {
		switch body[1] {
		case 'x', 'X':
			return strings.Trim(body[2:], "0123456789abcdefABCDEF_+-") == ""
		case 'o', 'O', 'b', 'B':
			return strings.Trim(body[2:], "01234567_+-") == ""
		}
	}
	return onlyNumber(body) || base60(body) || date(body)
}

// onlyNumber tells whether there are only digits and underscores, with at most one point and one exponent.
func onlyNumber(s string) bool {
	point, exponent := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '_':
		case c == '.' && !point && !exponent:
			point = true
		case (c == 'e' || c == 'E') && !exponent && i > 0:
			exponent = true
			if i+1 < len(s) && (s[i+1] == '+' || s[i+1] == '-') {
				i++
			}
		default:
			return false
		}
	}
	return true
}

// base60 tells whether it is a number in base 60 such as 1:30 or 190:20:30.15.
func base60(s string) bool {
	return strings.IndexByte(s, ':') > 0 && strings.Trim(s, "0123456789_:.") == "" && !strings.Contains(s, "::") && s[len(s)-1] != ':'
}

// date tells whether it begins as a date does: 2001-1-2, and then nothing, T, t or white space.
func date(s string) bool {
	if len(s) < 8 || s[4] != '-' {
		return false
	}
	digits, dashes := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '-' && dashes < 2 && digits > 0:
			dashes, digits = dashes+1, 0
		case (c == 'T' || c == 't' || c == ' ' || c == '\t') && dashes == 2 && digits > 0:
			return true
		default:
			return false
		}
	}
	return dashes == 2 && digits > 0
}

// blockSafe tells whether a text of several lines can stand in a literal block so that every reader gets it back.
func blockSafe(s string) bool {
	if strings.TrimLeft(s, "\n") == "" || s[0] == ' ' || s[0] == '\t' || s[0] == '\n' {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasSuffix(line, " ") || strings.HasSuffix(line, "\t") {
			return false
		}
	}
	return !strings.ContainsAny(s, "\r\u0085\u2028\u2029\ufeff")
}
