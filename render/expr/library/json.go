// SPDX-License-Identifier: Apache-2.0

package library

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const maxJSONDepth = 200

// ToJSON writes v: keys sorted, ", " and ": " between, everything beyond ASCII escaped. pay is told how many bytes are
// made; its errors are returned as they are.
func ToJSON(v any, pay func(bytes int) error) (string, error) {
	w := jsonWriter{pay: pay}
	if err := w.write(v, 0); err != nil {
		return "", err
	}
	return w.String(), pay(w.Len() - w.paid)
}

// jsonWriter settles for what it wrote at every list and map.
type jsonWriter struct {
	strings.Builder
	pay  func(int) error
	paid int
}

func (b *jsonWriter) settle() error {
	n := b.Len() - b.paid
	b.paid = b.Len()
	return b.pay(n)
}

const encodingError = "JSON Encoding error "

func (b *jsonWriter) write(v any, depth int) error {
	if depth > maxJSONDepth {
		return errors.New(encodingError + "the value is nested too deeply")
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case uint64:
		b.WriteString(strconv.FormatUint(v, 10))
	case float64:
		return writeFloat(b, v)
	case string:
		if err := b.pay(len(v)); err != nil {
			return err
		}
		writeText(b, v)
	case []any:
		return writeList(b, v, depth)
	case map[string]any:
		return writeMap(b, v, depth)
	default:
		return errors.New(encodingError + "the value holds something that JSON does not have")
	}
	return nil
}

func writeFloat(b *jsonWriter, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return errors.New(encodingError + "the value holds a number that JSON does not have")
	}
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if abs := math.Abs(v); abs < 1e16 && (abs >= 1e-4 || v == 0) {
		s = strconv.FormatFloat(v, 'f', -1, 64)
	}
	b.WriteString(s)
	if !strings.ContainsAny(s, ".e") {
		b.WriteString(".0")
	}
	return nil
}

func writeList(b *jsonWriter, v []any, depth int) error {
	b.WriteByte('[')
	for i, e := range v {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := b.write(e, depth+1); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return b.settle()
}

func writeMap(b *jsonWriter, v map[string]any, depth int) error {
	b.WriteByte('{')
	for i, k := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			b.WriteString(", ")
		}
		writeText(b, k)
		b.WriteString(": ")
		if err := b.write(v[k], depth+1); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return b.settle()
}

var shortEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}

func writeText(b *jsonWriter, s string) {
	b.WriteByte('"')
	plain := 0 // where what needs no escape begins
	for i, r := range s {
		if r >= ' ' && r <= '~' && r != '"' && r != '\\' {
			continue
		}
		b.WriteString(s[plain:i])
		plain = i + max(1, utf8.RuneLen(r))
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			plain = i + 1
		}
		writeEscape(b, r)
	}
	b.WriteString(s[plain:])
	b.WriteByte('"')
}

func writeEscape(b *jsonWriter, r rune) {
	switch esc, found := shortEscapes[r]; {
	case found:
		b.WriteString(esc)
	case r > 0xffff:
		hi, lo := utf16.EncodeRune(r)
		fmt.Fprintf(b, `\u%04x\u%04x`, hi, lo)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}

// FromJSON reads one JSON value. Whole numbers become int64, others float64; of equal keys the last one counts.
func FromJSON(s string) (any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("JSON Decoding error: the text is not JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("JSON Decoding error: there is text after the value")
	}
	return numbers(v, 0)
}

func numbers(v any, depth int) (any, error) {
	if depth > maxJSONDepth {
		return nil, errors.New("JSON Decoding error: the value is nested too deeply")
	}
	var err error
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			i, err := v.Int64()
			if err != nil {
				return nil, errors.New("JSON Decoding error: a whole number does not fit in 64 bits")
			}
			return i, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, errors.New("JSON Decoding error: a number is too large")
		}
		return f, nil
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = numbers(v[k], depth+1); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
