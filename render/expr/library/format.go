// SPDX-License-Identifier: Apache-2.0

package library

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultPrecision = 6
	maxPrecision     = 100
	maxFormatDepth   = 100
)

// Format fills the verbs of a text from a list. pay is told, before they are kept, how many bytes are made.
func Format(s string, args []any, pay func(int) error) (any, error) {
	w := formatter{args: args, pay: pay}
	for s != "" {
		before, rest, found := strings.Cut(s, "%")
		if err := w.write(before); err != nil {
			return nil, err
		}
		if !found {
			break
		}
		var err error
		if s, err = w.verb(rest); err != nil {
			return nil, err
		}
	}
	return w.out.String(), nil
}

type formatter struct {
	out  strings.Builder
	args []any
	used int
	pay  func(int) error
}

func (w *formatter) write(s string) error {
	w.out.WriteString(s)
	return w.pay(len(s))
}

var errVerb = errors.New("a % must be followed by one of s, d, f, e, b, x, X, o and %")

// verb fills one verb and returns the text behind it.
func (w *formatter) verb(s string) (rest string, err error) {
	if strings.HasPrefix(s, "%") {
		return s[1:], w.write("%")
	}
	precision := defaultPrecision
	if strings.HasPrefix(s, ".") {
		end := 1 + len(s[1:]) - len(strings.TrimLeft(s[1:], "0123456789"))
		if precision, err = strconv.Atoi(s[1:end]); err != nil || precision > maxPrecision {
			return "", fmt.Errorf("the precision of a verb must be a number up to %d", maxPrecision)
		}
		s = s[end:]
	}
	if s == "" {
		return "", errVerb
	}
	if w.used >= len(w.args) {
		return "", errors.New("there are more verbs than values")
	}
	text, err := w.formatted(s[0], w.args[w.used], precision)
	if err != nil {
		return "", err
	}
	w.used++
	return s[1:], w.write(text)
}

func (w *formatter) formatted(verb byte, v any, precision int) (string, error) {
	switch verb {
	case 's':
		return w.text(v, 0)
	case 'd':
		return inBase(v, 10)
	case 'o':
		return inBase(v, 8)
	case 'b':
		if b, ok := v.(bool); ok {
			return map[bool]string{true: "1", false: "0"}[b], nil
		}
		return inBase(v, 2)
	case 'x':
		return hexadecimal(v)
	case 'X':
		s, err := hexadecimal(v)
		return strings.ToUpper(s), err
	case 'f', 'e':
		return fraction(verb, v, precision)
	}
	return "", errVerb
}

func inBase(v any, base int) (string, error) {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, base), nil
	case uint64:
		return strconv.FormatUint(v, base), nil
	}
	return "", errors.New("the verb takes a whole number")
}

func hexadecimal(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%x", v), nil
	case []byte:
		return fmt.Sprintf("%x", v), nil
	}
	return inBase(v, 16)
}

func fraction(verb byte, v any, precision int) (string, error) {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	case uint64:
		f = float64(v)
	default:
		return "", errors.New("the verb takes a number")
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return special(f), nil
	}
	return strconv.FormatFloat(f, verb, precision, 64), nil
}

func special(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	default:
		return "NaN"
	}
}

// text writes any value for people.
func (w *formatter) text(v any, depth int) (string, error) {
	if depth > maxFormatDepth {
		return "", errors.New("a value nests too deeply")
	}
	switch v := v.(type) {
	case nil:
		return "null", nil
	case string:
		return v, nil
	case []byte:
		return strings.ToValidUTF8(string(v), "\uFFFD"), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64, uint64:
		return inBase(v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return special(v), nil
		}
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case time.Duration:
		return strconv.FormatFloat(v.Seconds(), 'f', -1, 64) + "s", nil
	case []any:
		return w.parts("[", "]", len(v), func(i int) (string, error) { return w.text(v[i], depth+1) })
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		return w.parts("{", "}", len(keys), func(i int) (string, error) {
			s, err := w.text(v[keys[i]], depth+1)
			return keys[i] + ": " + s, err
		})
	}
	return "", errors.New("a value has no text")
}

func (w *formatter) parts(open, closing string, n int, part func(int) (string, error)) (string, error) {
	var b strings.Builder
	b.WriteString(open)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		s, err := part(i)
		if err != nil {
			return "", err
		}
		if err := w.pay(len(s) + 2); err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	b.WriteString(closing)
	return b.String(), nil
}
