// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/korender/korender/render/diag"
)

// shape is what a schema says of a value: that of kind Render, or of a field of a custom kind. Unknown words of a schema
// are passed over.
type shape struct {
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Enum        []any             `json:"enum"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	MinLength   *int              `json:"minLength"`
	MaxLength   *int              `json:"maxLength"`
	Required    []string          `json:"required"`
	Default     any               `json:"default"`
	Properties  map[string]*shape `json:"properties"`
	Items       *shape            `json:"items"`
	OneOf       []*shape          `json:"oneOf"`
	Values      values            `json:"additionalProperties"`
	IntOrString bool              `json:"x-kubernetes-int-or-string"`
}

// values is additionalProperties: a schema, or a word that says whether there may be any.
type values struct{ of *shape }

// UnmarshalJSON reads a schema; true and false say nothing of the values.
func (v *values) UnmarshalJSON(text []byte) error {
	if string(text) == "true" || string(text) == "false" {
		return nil
	}
	return json.Unmarshal(text, &v.of)
}

// The forms in which Argo CD holds a value.
const (
	formString = "string"
	formArray  = "array"
	formMap    = "map"
)

// form is how Argo CD holds such a value. Other than scalars, lists and maps of scalars, and objects of scalars, it is JSON
// in a string.
func (s *shape) form() string {
	switch {
	case s.Type == "array" && s.Items != nil && s.Items.scalar():
		return formArray
	case s.Type == "object" && len(s.Properties) == 0 && s.Values.of != nil && s.Values.of.scalar():
		return formMap
	default:
		return formString
	}
}

func (s *shape) scalar() bool {
	switch s.Type {
	case "string", "boolean", "integer", "number":
		return true
	}
	return s.IntOrString
}

// itemType is Argo CD's word for the scalars.
func (s *shape) itemType() string {
	switch s.Type {
	case "boolean":
		return "boolean"
	case "integer", "number":
		return "number"
	default:
		return "string"
	}
}

// names are those of the properties, sorted.
func (s *shape) names() []string { return slices.Sorted(maps.Keys(s.Properties)) }

// wrong is a value that does not fit: what it must be, and perhaps what was meant.
type wrong struct{ at, must, hint string }

// convert turns what a parameter holds into a value of the shape.
func (s *shape) convert(p *Parameter) (any, *wrong) {
	if len(s.OneOf) > 0 {
		return s.oneOf(p)
	}
	switch {
	case p.Array != nil:
		return s.list(*p.Array, p)
	case p.Map != nil:
		return s.entries(*p.Map, p)
	case p.String == nil:
		return nil, &wrong{must: "has no value", hint: "give it a string, an array or a map"}
	default:
		return s.text(*p.String)
	}
}

// oneOf converts into the first shape that has the form of the parameter.
func (s *shape) oneOf(p *Parameter) (any, *wrong) {
	plain := p.String != nil && !strings.ContainsAny(*p.String, "={")
	for _, one := range s.OneOf {
		if one.scalar() == plain {
			return one.convert(p)
		}
	}
	return nil, &wrong{must: "must not be " + p.form()}
}

func (s *shape) list(items []string, p *Parameter) (any, *wrong) {
	if s.Type != "array" || s.Items == nil {
		return nil, &wrong{must: fmt.Sprintf("must be %s, not %s", s.wanted(), p.form()), hint: "say `string:` in place of `array:`"}
	}
	out := make([]any, 0, len(items))
	for i, item := range items {
		v, bad := s.Items.text(item)
		if bad != nil {
			return nil, bad.within(fmt.Sprintf("[%d]", i))
		}
		out = append(out, v)
	}
	return out, nil
}

func (s *shape) entries(entries map[string]string, p *Parameter) (any, *wrong) {
	if s.Type != "object" {
		return nil, &wrong{must: fmt.Sprintf("must be %s, not %s", s.wanted(), p.form()), hint: "say `string:` or `array:` in place of `map:`"}
	}
	out := make(map[string]any, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		of := s.Properties[key]
		if of == nil {
			of = s.Values.of
		}
		if of == nil {
			return nil, &wrong{must: fmt.Sprintf("has no key %q", key), hint: known(key, s.names())}
		}
		v, bad := of.text(entries[key])
		if bad != nil {
			return nil, bad.within("." + key)
		}
		out[key] = v
	}
	return out, nil
}

// known suggests a name, or lists them all.
func known(name string, names []string) string {
	if near := diag.DidYouMean(name, names); near != "" {
		return near
	}
	return "the keys are " + strings.Join(names, ", ")
}

func (w *wrong) within(at string) *wrong {
	w.at = at + w.at
	return w
}

// text converts a string. Lists and maps are JSON, or items with commas between them.
func (s *shape) text(text string) (any, *wrong) {
	switch {
	case s.IntOrString:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		return text, nil
	case s.Type == "boolean":
		if text == "true" || text == "false" {
			return text == "true", nil
		}
	case s.Type == "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, s.bounded(float64(n))
		}
	case s.Type == "number":
		return s.number(text)
	case s.Type == "string":
		return text, s.word(text)
	case strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "["):
		return s.json(text)
	case s.Type == "array":
		return s.list(commas(text), &Parameter{})
	case s.form() == formMap || len(s.Properties) > 0:
		return s.pairs(text)
	default:
		return s.json(text)
	}
	return nil, &wrong{must: fmt.Sprintf("must be %s, not %s", s.wanted(), shown(text))}
}

func (s *shape) number(text string) (any, *wrong) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, s.bounded(float64(n))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != f || f > 1e308 || f < -1e308 {
		return nil, &wrong{must: fmt.Sprintf("must be a number, not %s", shown(text))}
	}
	return f, s.bounded(f)
}

// pairs converts KEY=VALUE,KEY=VALUE.
func (s *shape) pairs(text string) (any, *wrong) {
	entries := map[string]string{}
	for _, item := range commas(text) {
		key, value, ok := strings.Cut(item, "=")
		if !ok {
			return nil, &wrong{must: fmt.Sprintf("must be %s, not %s", s.wanted(), shown(text)), hint: "write KEY=VALUE,KEY=VALUE or a JSON object"}
		}
		entries[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return s.entries(entries, &Parameter{})
}

func commas(text string) []string {
	out := []string{}
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// bounded checks a number.
func (s *shape) bounded(n float64) *wrong {
	switch {
	case s.Minimum != nil && n < *s.Minimum:
		return &wrong{must: fmt.Sprintf("must be at least %v", *s.Minimum)}
	case s.Maximum != nil && n > *s.Maximum:
		return &wrong{must: fmt.Sprintf("must be at most %v", *s.Maximum)}
	}
	return nil
}

// word checks a text.
func (s *shape) word(text string) *wrong {
	n := utf8.RuneCountInString(text)
	switch {
	case s.MinLength != nil && n < *s.MinLength:
		return &wrong{must: fmt.Sprintf("must have at least %d characters", *s.MinLength)}
	case s.MaxLength != nil && n > *s.MaxLength:
		return &wrong{must: fmt.Sprintf("must have at most %d characters", *s.MaxLength)}
	case len(s.Enum) == 0:
		return nil
	}
	words := s.words()
	if slices.Contains(words, text) {
		return nil
	}
	return &wrong{must: fmt.Sprintf("must be %s, not %s", strings.Join(words, " or "), shown(text)), hint: diag.DidYouMean(text, words)}
}

func (s *shape) words() []string {
	out := make([]string, 0, len(s.Enum))
	for _, word := range s.Enum {
		out = append(out, fmt.Sprint(word))
	}
	return out
}

// wanted is the shape with its article.
func (s *shape) wanted() string {
	switch s.Type {
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	case "array":
		return "a list"
	case "object":
		return "a map"
	default:
		return "a string"
	}
}

// shown is a value of a user, short.
func shown(text string) string {
	const most = 40
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}
