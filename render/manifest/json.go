// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteJSON writes the objects as one JSON array, indented by two spaces, with keys in the order of WriteYAML. Raw
// does not count. Nothing is written when an object cannot be: the error names it.
func WriteJSON(w io.Writer, objects []Object) error {
	p := jsonWriter{indent: "  ", order: compareKeys}
	p.out.WriteByte('[')
	for i := range objects {
		p.next(i, 1)
		if err := p.value(objects[i].Value, 1); err != nil {
			return fmt.Errorf("write %s: %w", objects[i].ID, err)
		}
	}
	if len(objects) > 0 {
		p.line(0)
	}
	p.out.WriteString("]\n")
	_, err := w.Write(p.out.Bytes())
	return err
}

// Canonical is the one JSON text of a value: no white space, keys sorted, whole floats as integers. Equal values give
// equal bytes, so it is what hashes are made of. The error says which kind of value JSON cannot hold.
func Canonical(value any) ([]byte, error) {
	p := jsonWriter{order: strings.Compare}
	if err := p.value(value, 0); err != nil {
		return nil, err
	}
	return p.out.Bytes(), nil
}

// jsonWriter writes values; without an indent, on one line.
type jsonWriter struct {
	out     bytes.Buffer
	indent  string
	order   func(a, b string) int
	keys    []string
	scratch []byte
}

func (p *jsonWriter) value(value any, depth int) error {
	switch v := value.(type) {
	case map[string]any:
		return p.mapping(v, depth)
	case []any:
		return p.list(v, depth)
	case string:
		return p.text(v)
	}
	text, err := plainText(value)
	p.out.WriteString(text)
	return err
}

func (p *jsonWriter) mapping(m map[string]any, depth int) error {
	if len(m) == 0 {
		p.out.WriteString("{}")
		return nil
	}
	from := len(p.keys)
	for k := range m {
		p.keys = append(p.keys, k)
	}
	slices.SortFunc(p.keys[from:], p.order)
	p.out.WriteByte('{')
	for i := range len(m) {
		key := p.keys[from+i]
		p.next(i, depth+1)
		if err := p.text(key); err != nil {
			return err
		}
		p.out.WriteByte(':')
		if p.indent != "" {
			p.out.WriteByte(' ')
		}
		if err := p.value(m[key], depth+1); err != nil {
			return err
		}
	}
	p.keys = p.keys[:from]
	p.line(depth)
	p.out.WriteByte('}')
	return nil
}

func (p *jsonWriter) list(list []any, depth int) error {
	if len(list) == 0 {
		p.out.WriteString("[]")
		return nil
	}
	p.out.WriteByte('[')
	for i, item := range list {
		p.next(i, depth+1)
		if err := p.value(item, depth+1); err != nil {
			return err
		}
	}
	p.line(depth)
	p.out.WriteByte(']')
	return nil
}

// next begins the i-th entry of a map or list.
func (p *jsonWriter) next(i, depth int) {
	if i > 0 {
		p.out.WriteByte(',')
	}
	p.line(depth)
}

func (p *jsonWriter) line(depth int) {
	if p.indent == "" {
		return
	}
	p.out.WriteByte('\n')
	for range depth {
		p.out.WriteString(p.indent)
	}
}

// text writes a string; < > and & stay as they are.
func (p *jsonWriter) text(s string) error {
	if !validText(s) {
		return errNotText
	}
	if simple(s) {
		p.scratch = append(p.scratch[:0], '"')
		p.scratch = append(p.scratch, s...)
		p.scratch = append(p.scratch, '"')
		p.out.Write(p.scratch)
		return nil
	}
	encoder := json.NewEncoder(&p.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return err
	}
	p.out.Truncate(p.out.Len() - 1) // the encoder ends with a line feed
	return nil
}

// simple tells whether a string is its own JSON text.
func simple(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}
