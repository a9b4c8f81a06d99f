// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// variable is what Flux takes for the name of a variable; one other name in the ConfigMap fails its whole build.
var variable = regexp.MustCompile(`^[_[:alpha:]][_[:alnum:]]*$`)

// Export is the state as Flux substitutes it: the keys of maps and the indexes of lists on the way to each value, joined
// by underscores. Null is left out. It is an error when two values have one name, a name is none that Flux takes, a value
// is no single line, or holds a value of a Secret; the error names the paths, and never a value.
func Export(state map[string]any, s *Redactor) (map[string]string, error) {
	f := flattening{secrets: s, out: map[string]string{}, from: map[string]string{}}
	if err := f.mapping(nil, state); err != nil {
		return nil, err
	}
	return f.out, nil
}

type flattening struct {
	secrets *Redactor
	out     map[string]string
	from    map[string]string // name → path
}

func (f *flattening) mapping(way []string, m map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := f.value(append(slices.Clone(way), key), m[key]); err != nil {
			return err
		}
	}
	return nil
}

func (f *flattening) value(way []string, value any) error {
	switch v := value.(type) {
	case nil:
		return nil
	case map[string]any:
		return f.mapping(way, v)
	case []any:
		for i := range v {
			if err := f.value(append(slices.Clone(way), strconv.Itoa(i)), v[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		return f.leaf(way, v, v)
	case bool:
		return f.leaf(way, strconv.FormatBool(v), v)
	default:
		text := number(v)
		if text == "" {
			return fmt.Errorf("export %s: its value is not known", f.path(way))
		}
		return f.leaf(way, text, v)
	}
}

func (f *flattening) leaf(way []string, text string, value any) error {
	name, path := strings.Join(way, "_"), f.path(way)
	switch {
	case f.secrets.Holds(value) || f.secrets.Holds(name):
		return fmt.Errorf("export %s: it holds a value of a Secret; take it out of the state of its step", path)
	case !variable.MatchString(name):
		return fmt.Errorf("export %s: %q is no name of a variable: letters, digits and underscores, and no digit first", path, name)
	case strings.ContainsAny(text, "\r\n"):
		return fmt.Errorf("export %s: it has several lines, which Flux would run together", path)
	}
	if other, taken := f.from[name]; taken {
		return fmt.Errorf("export: %s and %s have one name, %s: rename one", other, path, name)
	}
	f.out[name], f.from[name] = text, path
	return nil
}

// path is where a value stands in the state, without what is secret.
func (f *flattening) path(way []string) string {
	var out strings.Builder
	out.WriteString("state")
	for _, part := range way {
		if _, err := strconv.Atoi(part); err == nil {
			out.WriteString("[" + part + "]")
		} else {
			out.WriteString("." + f.secrets.Text(part))
		}
	}
	return out.String()
}
