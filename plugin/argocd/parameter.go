// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

// Parameter is one value of spec.source.plugin.parameters: a string, a list or a map. Nil means that it is not given.
type Parameter struct {
	Name   string             `json:"name"`
	String *string            `json:"string,omitempty"`
	Array  *[]string          `json:"array,omitempty"`
	Map    *map[string]string `json:"map,omitempty"`

	variable string // of the environment, that said it
}

// where names a parameter in messages.
func (p *Parameter) where() string {
	if p.variable != "" {
		return "plugin.env " + p.variable
	}
	return fmt.Sprintf("parameter %q", p.Name)
}

func (p *Parameter) problem(code diag.Code, hint, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Message: p.where() + " " + fmt.Sprintf(format, args...), Hint: hint}
}

// empty tells whether nothing is said: Argo CD cannot tell an empty string from none.
func (p *Parameter) empty() bool {
	return p.Array == nil && p.Map == nil && (p.String == nil || *p.String == "")
}

// form is what kind of value a parameter has, with its article.
func (p *Parameter) form() string {
	switch {
	case p.Array != nil:
		return "a list"
	case p.Map != nil:
		return "a map"
	default:
		return "a string"
	}
}

// readParameters reads the JSON array of parameters.
func readParameters(text string) ([]Parameter, diag.List) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var out []Parameter
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		return nil, diag.List{notParameters(text, err)}
	}
	var found diag.List
	seen := map[string]bool{}
	for i := range out {
		p := &out[i]
		switch {
		case p.Name == "":
			found = append(found, diag.Diagnostic{
				Code: diag.BadSetting, Message: fmt.Sprintf("parameter number %d of the Application has no name", i+1),
				Hint: "each item of spec.source.plugin.parameters has a name, and a string, an array or a map",
			})
		case seen[p.Name]:
			found = append(found, p.problem(diag.BadSetting, "remove one of the two", "is given twice"))
		}
		seen[p.Name] = true
	}
	return out, found
}

// notParameters says what is wrong with a text that is no list of parameters.
func notParameters(text string, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Code:    diag.BadSetting,
		Message: "ARGOCD_APP_PARAMETERS is not valid: " + reason(err),
		Hint: `it is a JSON array such as [{"name": "namespace", "string": "prod"}]; Argo CD makes it of ` +
			"spec.source.plugin.parameters, each with a name and a string, an array or a map of strings",
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + bytes.Count([]byte(text)[:max(0, min(len(text), int(syntax.Offset)))], []byte("\n"))
		d.Message = fmt.Sprintf("ARGOCD_APP_PARAMETERS is not valid JSON: line %d, byte %d: %s", line, syntax.Offset, reason(err))
	}
	return d
}

// reason is an error of the JSON decoder in words of ours.
func reason(err error) string {
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Sprintf("%q holds a value of type %s in place of %s", kind.Field, kind.Value, jsonType(kind.Type))
	case errors.As(err, &kind):
		return fmt.Sprintf("there is a value of type %s in place of %s", kind.Value, jsonType(kind.Type))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the text ends too early"
	default:
		return strings.TrimPrefix(err.Error(), "json: ")
	}
}

// jsonType is what JSON calls a Go type, with its article.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}

// settingNames are the names of the variables, sorted.
func settingNames(settings map[string]string) []string { return slices.Sorted(maps.Keys(settings)) }
