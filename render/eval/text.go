// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// valueText writes a value for people: strings as they are, scalars as CEL prints them, the rest as JSON. An unknown
// anywhere inside shows as what it waits for.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	if waits := expr.WaitsOf(v); len(waits) > 0 {
		return "(not known yet: " + waitsText(waits) + ")"
	}
	if text, ok := expr.Plain(v).(string); ok {
		return text
	}
	text, err := jsonText(expr.Plain(v))
	if err != nil {
		return "(a value that JSON cannot hold)"
	}
	return text
}

// jsonText is compact JSON with sorted keys, without HTML escapes and without a line break at the end.
func jsonText(v any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// waitsText lists waits as `<ID> <path>`, separated by commas.
func waitsText(waits []expr.Wait) string {
	var b strings.Builder
	for i, w := range waits {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w.Object.String())
		if w.Path != "" {
			b.WriteByte(' ')
			b.WriteString(w.Path)
		}
	}
	return b.String()
}

// fullName is how messages name a managed object: Kind:namespace:name, or Kind:name.
func fullName(id manifest.ID) string {
	if id.Namespace == "" {
		return id.Kind + ":" + id.Name
	}
	return id.Kind + ":" + id.Namespace + ":" + id.Name
}

// orNone is how the language's messages print an absent part.
func orNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}

// place is where something stands in a program (LANGUAGE 3.5). It is a chain, written out only when somebody asks.
type place struct {
	up    *place
	text  string
	index int // of a forEach item, when indexed
	items bool
}

// String writes the whole chain.
func (p *place) String() string {
	if p == nil {
		return ""
	}
	text := p.text
	if p.items {
		text = "[" + strconv.Itoa(p.index) + "]"
	}
	if p.up == nil {
		return text
	}
	return p.up.String() + text
}

// part appends a fixed text to the place.
func (p *place) part(text string) string { return p.String() + text }
