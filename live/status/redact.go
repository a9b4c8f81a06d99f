// SPDX-License-Identifier: Apache-2.0

package status

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Redacted stands where a value of a Secret was.
const Redacted = "(redacted)"

// shortest is the least length, in bytes, of what is replaced inside of longer texts. Shorter values would blot out
// everything and protect nothing: they are replaced only where a string is nothing but such a value.
const shortest = 4

// Redactor replaces the values of Secrets: as the server has them (base64), decoded, without surrounding space, line by
// line, as the leaves of JSON, and as quotes escape them. A nil Redactor knows no Secret.
type Redactor struct {
	values   map[string]bool
	replacer *strings.Replacer
}

// NewRedactor knows the Secrets among objects that were read. objects may be nil.
func NewRedactor(objects *render.Objects) *Redactor {
	r := &Redactor{values: map[string]bool{}}
	for _, o := range objects.All() {
		if isSecret(o.ID) {
			r.secret(o.ID, o.Value)
		}
	}
	r.settle()
	return r
}

// With knows also what a plan would write into Secrets. r stays as it is.
func (r *Redactor) With(plan *render.Plan) *Redactor {
	if plan == nil {
		return r
	}
	out := &Redactor{values: map[string]bool{}}
	for i := range plan.Actions {
		if a := &plan.Actions[i]; isSecret(a.ID) {
			out.secret(a.ID, a.Target)
		}
	}
	for i := range plan.Steps {
		if s := &plan.Steps[i]; s.Object != nil && isSecret(*s.Object) {
			out.secret(*s.Object, s.Partial)
		}
	}
	if len(out.values) == 0 {
		return r
	}
	if r != nil {
		maps.Copy(out.values, r.values)
	}
	out.settle()
	return out
}

func isSecret(id manifest.ID) bool { return id.Kind == "Secret" && id.Group() == "" }

// secret takes the values of one Secret. Its own name and namespace are no secret.
func (r *Redactor) secret(id manifest.ID, object map[string]any) {
	own := &Redactor{values: map[string]bool{}}
	data, _ := object["data"].(map[string]any)
	for _, v := range data {
		if text, ok := v.(string); ok {
			own.encoded(text)
		}
	}
	plain, _ := object["stringData"].(map[string]any)
	for _, v := range plain {
		if text, ok := v.(string); ok {
			own.text(text)
			own.value(base64.StdEncoding.EncodeToString([]byte(text)))
		}
	}
	for _, public := range []string{id.Name, id.Namespace} {
		delete(own.values, public)
	}
	maps.Copy(r.values, own.values)
}

// encoded takes a value of data.
func (r *Redactor) encoded(text string) {
	r.value(text)
	r.value(strings.TrimRight(text, "="))
	if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
		r.text(string(plain))
	}
}

// text takes a decoded value, and what programs are likely to take out of it.
func (r *Redactor) text(text string) {
	r.value(text)
	r.value(strings.TrimSpace(text))
	if strings.ContainsAny(text, "\r\n") {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); len(line) >= shortest {
				r.value(line)
			}
		}
	}
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		var tree any
		if json.Unmarshal([]byte(trimmed), &tree) == nil {
			r.leaves(tree)
		}
	}
}

// leaves takes the texts and long numbers of a JSON document.
func (r *Redactor) leaves(tree any) {
	switch v := tree.(type) {
	case string:
		r.value(v)
	case float64:
		if text := number(v); len(text) >= shortest {
			r.value(text)
		}
	case []any:
		for _, item := range v {
			r.leaves(item)
		}
	case map[string]any:
		for _, item := range v {
			r.leaves(item)
		}
	}
}

// value takes one text. What our own mark consists of is left: redacting twice is redacting once.
func (r *Redactor) value(text string) {
	if text == "" || strings.Contains(Redacted, text) {
		return
	}
	r.values[text] = true
	if quoted := strings.Trim(strconv.Quote(text), `"`); len(quoted) > len(text) && len(text) >= shortest {
		r.values[quoted] = true
	}
	if escaped, err := json.Marshal(text); err == nil && len(text) >= shortest {
		r.values[strings.Trim(string(escaped), `"`)] = true
	}
}

// settle makes the replacer: the longest first, so that nothing of a value is left when it holds another one.
func (r *Redactor) settle() {
	long := slices.DeleteFunc(slices.Collect(maps.Keys(r.values)), func(v string) bool { return len(v) < shortest })
	slices.SortFunc(long, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	pairs := make([]string, 0, 2*len(long))
	for _, v := range long {
		pairs = append(pairs, v, Redacted)
	}
	r.replacer = nil
	if len(pairs) > 0 {
		r.replacer = strings.NewReplacer(pairs...)
	}
}

// Text is s with every value of a Secret replaced. Values shorter than four bytes are left, unless s is nothing else.
func (r *Redactor) Text(s string) string {
	switch {
	case r == nil:
		return s
	case r.values[s]:
		return Redacted
	case r.replacer == nil:
		return s
	default:
		return r.replacer.Replace(s)
	}
}

// Value is a JSON tree with every value of a Secret replaced, in keys and in strings; a number that is one becomes text. What
// no JSON can hold, as an unknown, is left out of maps, and is null in lists. The tree that is given stays as it is.
func (r *Redactor) Value(value any) any {
	out, _ := r.plain(value)
	return out
}

func (r *Redactor) plain(value any) (any, bool) {
	switch v := value.(type) {
	case nil, bool:
		return v, true
	case string:
		return r.Text(v), true
	case int, int64, uint64, float64:
		if text := number(v); r != nil && len(text) >= shortest && r.values[text] {
			return Redacted, true
		}
		return v, true
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i], _ = r.plain(v[i])
		}
		return out, true
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			if one, ok := r.plain(item); ok {
				out[r.Text(key)] = one
			}
		}
		return out, true
	default:
		return nil, false
	}
}

// Holds tells whether a value of a Secret is in a JSON tree.
func (r *Redactor) Holds(value any) bool {
	switch v := value.(type) {
	case string:
		return r.Text(v) != v
	case int, int64, uint64, float64:
		return r.Value(v) != value
	case []any:
		return slices.ContainsFunc(v, r.Holds)
	case map[string]any:
		for key, item := range v {
			if r.Holds(key) || r.Holds(item) {
				return true
			}
		}
	}
	return false
}

// number is the decimal text of a number.
func number(value any) string {
	switch v := value.(type) {
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}
