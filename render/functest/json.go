// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteJSON prints the run for programs, in the shape of Report. It writes once.
func WriteJSON(w io.Writer, r *Report) error {
	text, err := jsonText(r)
	if err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	_, err = io.WriteString(w, text+"\n")
	return err
}

// jsonText is indented JSON without HTML escapes and without a line break at the end.
func jsonText(v any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// printable is the value with numbers that JSON cannot hold (infinities, NaN) as text, and without directives; most
// values are returned as they are.
func printable(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = printable(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			if !isDirective(key) {
				out[key] = printable(value)
			}
		}
		return out
	}
	return v
}

// legible drops the control characters of a text: XML cannot hold them, and a terminal must not obey them.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ', r >= 0x7F && r < 0xA0, r == 0xFFFE, r == 0xFFFF, r == utf8.RuneError:
			return -1
		default:
			return r
		}
	}, text)
}
