// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/manifest"
)

// batchLine is one line of a table of expressions: the first holds vars, each other one an expression.
type batchLine struct {
	Vars map[string]any `json:"vars,omitempty"`
	Expr *string        `json:"expr,omitempty"`
}

// batchResult is what an expression came to.
type batchResult struct {
	Expr    string          `json:"expr"`
	Value   json.RawMessage `json:"value,omitempty"`
	Error   bool            `json:"error,omitempty"`
	Message string          `json:"message,omitempty"`
}

const maxBatchLine = 16 << 20

// Batch evaluates a table of expressions: JSON lines, of which the first holds {"vars": {…}} and each other one
// {"expr": …}; further keys are ignored. It writes a line for each expression: {"expr", "value"}, or {"expr", "error":
// true, "message"}. In vars and values, {"$unknown": ["step: Kind/name.path", …]} is an unknown, {"$declared": {"step",
// "object", "value"}} an object known from git only.
func Batch(ctx context.Context, r io.Reader, w io.Writer) error {
	env, err := NewEnv(Limits{})
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxBatchLine)
	out := bufio.NewWriter(w)
	vars := Vars{}
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var line batchLine
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		if err := d.Decode(&line); err != nil {
			return fmt.Errorf("line %d is not JSON: %w", n, err)
		}
		if line.Vars != nil {
			if vars, err = readVars(line.Vars); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		if line.Expr == nil {
			continue
		}
		if err := writeResult(out, env.batchOne(ctx, *line.Expr, vars)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read expressions: %w", err)
	}
	return out.Flush()
}

func writeResult(w io.Writer, r batchResult) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

func (e *Env) batchOne(ctx context.Context, text string, vars Vars) batchResult {
	result := batchResult{Expr: text}
	p, problems := e.Compile(text, slices.Sorted(maps.Keys(vars)))
	if p == nil {
		result.Error, result.Message = true, problems[0].Message
		return result
	}
	v, err := p.Eval(ctx, vars)
	if err == nil {
		result.Value, err = json.Marshal(showUnknowns(v))
	}
	if err != nil {
		result.Error, result.Message = true, err.Error()
	}
	return result
}

// showUnknowns puts {"$unknown": ["step: Kind/name.path", …]} in the place of unknown leaves.
func showUnknowns(v any) any {
	return WithHoles(v, func(waits []Wait) any {
		texts := make([]string, len(waits))
		for i, w := range waits {
			texts[i] = w.String()
		}
		return texts
	})
}

func readVars(in map[string]any) (Vars, error) {
	out := Vars{}
	for k, v := range in {
		value, err := readValue(v)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", k, err)
		}
		out[k] = value
	}
	return out, nil
}

// readValue turns decoded JSON into a value, with its unknowns and declared objects.
func readValue(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil && !strings.ContainsAny(v.String(), ".eE") {
			return i, nil
		}
		return v.Float64()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = readValue(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		if waits, found := v["$unknown"]; found && len(v) == 1 {
			return readUnknown(waits)
		}
		if declared, found := v["$declared"]; found && len(v) == 1 {
			return readDeclared(declared)
		}
		out := make(map[string]any, len(v))
		for k := range v {
			var err error
			if out[k], err = readValue(v[k]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func readUnknown(v any) (any, error) {
	texts, ok := v.([]any)
	if !ok || len(texts) == 0 {
		return nil, errors.New(`$unknown must be a list like ["step: Kind/name.path"]`)
	}
	var waits []Wait
	for _, t := range texts {
		text, _ := t.(string)
		w, err := parseWait(text)
		if err != nil {
			return nil, err
		}
		waits = append(waits, w)
	}
	return NewUnknown(waits...), nil
}

// parseWait reads "step: Kind/name.path"; the path begins at the first dot behind the last slash.
func parseWait(text string) (Wait, error) {
	step, rest, found := strings.Cut(text, ": ")
	if !found {
		return Wait{}, fmt.Errorf("%q is not like \"step: Kind/name.path\"", text)
	}
	slash := strings.LastIndexByte(rest, '/') + 1
	name, path, _ := strings.Cut(rest[slash:], ".")
	id, err := manifest.ParseID(rest[:slash] + name)
	return Wait{Step: step, Object: id, Path: path}, err
}

func readDeclared(v any) (any, error) {
	m, _ := v.(map[string]any)
	step, _ := m["step"].(string)
	object, _ := m["object"].(string)
	value, err := readValue(m["value"])
	if err != nil {
		return nil, err
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New(`$declared must be like {"step": …, "object": "Kind/name", "value": {…}}`)
	}
	id, err := manifest.ParseID(object)
	return &Object{Value: fields, ID: id, Step: step, Mode: Declared}, err
}
