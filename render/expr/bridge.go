// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

// celFunction is a function of cel-go, dispatched by the types of its arguments, and how many arguments it may take.
type celFunction struct {
	call  *functions.Overload
	arity []int
}

// optionals work on optional values, which the language does not have.
var optionals = []string{"first", "hasValue", "last", "or", "orValue", "unwrapOpt", "value"}

// The functions that we do not have of our own are cel-go's: the accessors of times, and the extensions for strings,
// lists, math, sets, encodings and patterns. They are strict. Setting them up costs, so it waits for the first use.
var celFunctions = sync.OnceValues(func() (map[string]celFunction, error) {
	env, err := cel.NewEnv(cel.OptionalTypes(), ext.Strings(), ext.Lists(), ext.Math(), ext.Sets(), ext.Encoders(), ext.Regex())
	if err != nil {
		return nil, fmt.Errorf("set up the functions of CEL: %w", err)
	}
	out := map[string]celFunction{}
	for name, fn := range env.Functions() {
		if strings.HasPrefix(name, "optional") || strings.ContainsAny(name[:1], "_!-") || slices.Contains(optionals, name) {
			continue
		}
		overloads, err := fn.Bindings()
		if err != nil {
			return nil, fmt.Errorf("set up %s: %w", name, err)
		}
		for _, o := range overloads {
			if o.Operator != name {
				continue
			}
			f := celFunction{call: o}
			for _, d := range fn.OverloadDecls() {
				f.arity = append(f.arity, len(d.ArgTypes()))
			}
			out[name] = f
		}
	}
	return out, nil
})

func bridgedNames() []string {
	all, _ := celFunctions()
	return append(slices.Sorted(maps.Keys(all)), "math.greatest", "math.least")
}

// bridged makes a function of ours of one of cel-go's.
func bridged(name string, args int) (*function, bool) {
	target := name
	spread := false
	switch name {
	case "math.greatest", "math.least":
		target = map[string]string{"math.greatest": "math.@max", "math.least": "math.@min"}[name]
		spread = args > 2
	}
	all, _ := celFunctions() // when the set-up fails, which a test rules out, none of them exists
	fn, found := all[target]
	if !found || !spread && !slices.Contains(fn.arity, args) || args == 0 {
		return nil, false
	}
	return &function{min: args, max: args, call: func(f *frame, at *place, values []any) (any, error) {
		if spread {
			values = []any{values}
		}
		vals := make([]ref.Val, len(values))
		for i, v := range values {
			vals[i] = types.DefaultTypeAdapter.NativeToValue(v)
		}
		return fromCEL(f, at, name, invoke(fn.call, vals))
	}}, true
}

func invoke(o *functions.Overload, args []ref.Val) ref.Val {
	switch {
	case len(args) == 1 && o.Unary != nil:
		return o.Unary(args[0])
	case len(args) == 2 && o.Binary != nil:
		return o.Binary(args[0], args[1])
	case o.Function != nil:
		return o.Function(args...)
	}
	return types.NoSuchOverloadErr()
}

// fromCEL is a value of cel-go as one of ours. The text of cel-go's errors may hold values, so it is not shown.
func fromCEL(f *frame, at *place, name string, v ref.Val) (any, error) {
	if types.IsError(v) || types.IsUnknown(v) {
		return nil, at.fail("%s does not take these arguments", name)
	}
	out, size := nativeValue(v)
	return out, f.grow(at, size)
}

func nativeValue(v ref.Val) (any, int) {
	switch v := v.(type) {
	case types.Timestamp:
		return v.Time, 0
	case types.Duration:
		return v.Duration, 0
	case types.String:
		return string(v), len(v)
	case *types.Optional:
		if !v.HasValue() {
			return nil, 0
		}
		return nativeValue(v.GetValue())
	case traits.Mapper:
		out, size := map[string]any{}, 0
		for it := v.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			e, n := nativeValue(v.Get(k))
			key, _ := keyText(literalValue(k))
			out[key] = e
			size += n + 32
		}
		return out, size
	case traits.Lister:
		out, size := []any{}, 0
		for it := v.Iterator(); it.HasNext() == types.True; {
			e, n := nativeValue(it.Next())
			out = append(out, e)
			size += n + 16
		}
		return out, size
	}
	return literalValue(v), 0
}
