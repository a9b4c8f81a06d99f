// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"strings"
	"time"
)

// overload is one way to call a typed function: a letter for the type of each argument, and what to do.
type overload struct {
	types string // s string, i int, u uint, d double, o bool, y bytes, l list, t timestamp, p duration
	call  func(f *frame, args []any) (any, error)
}

var letterNames = map[byte]string{'s': "string", 'i': "int", 'u': "uint", 'd': "double", 'o': "bool", 'y': "bytes",
	'l': "list", 't': "timestamp", 'p': "duration"}

// typed makes a strict function of overloads. Arguments are checked before a call is made, so that none of them sees a
// type that it does not expect.
func typed(overloads ...overload) *function {
	fn := &function{min: len(overloads[0].types), max: len(overloads[0].types)}
	for _, o := range overloads {
		fn.min, fn.max = min(fn.min, len(o.types)), max(fn.max, len(o.types))
	}
	fn.call = func(f *frame, at *place, args []any) (any, error) {
		for _, o := range overloads {
			if !o.fits(args) {
				continue
			}
			v, err := o.call(f, args)
			if err != nil {
				return nil, at.because(err)
			}
			return v, nil
		}
		return nil, at.fail("takes %s, not (%s)", wanted(overloads), given(args))
	}
	return fn
}

// because is err at a place: a bound stays a bound.
func (p *place) because(err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // never wrapped
		return &Error{Offset: p.offset, Source: p.source, Message: e.Message, Limit: e.Limit}
	}
	return p.fail("%s", err)
}

func (o *overload) fits(args []any) bool {
	if len(args) != len(o.types) {
		return false
	}
	for i, a := range args {
		if letterOf(a) != o.types[i] {
			return false
		}
	}
	return true
}

func letterOf(v any) byte {
	switch v.(type) {
	case string:
		return 's'
	case int64:
		return 'i'
	case uint64:
		return 'u'
	case float64:
		return 'd'
	case bool:
		return 'o'
	case []byte:
		return 'y'
	case []any:
		return 'l'
	case time.Time:
		return 't'
	case time.Duration:
		return 'p'
	}
	return 0
}

func wanted(overloads []overload) string {
	forms := make([]string, len(overloads))
	for i, o := range overloads {
		names := make([]string, len(o.types))
		for j := range len(o.types) {
			names[j] = letterNames[o.types[j]]
		}
		forms[i] = "(" + strings.Join(names, ", ") + ")"
	}
	return strings.Join(forms, " or ")
}

// aType is the type of a value with its article.
func aType(v any) string {
	switch name := TypeName(v); name {
	case "null_type":
		return "null"
	case "int":
		return "an int"
	case "google.protobuf.Timestamp":
		return "a timestamp"
	case "google.protobuf.Duration":
		return "a duration"
	case "bytes":
		return name
	default:
		return "a " + name
	}
}

func given(args []any) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = TypeName(a)
	}
	return strings.Join(names, ", ")
}

// nowhere is where a bound is hit before the place is known.
var nowhere = &place{}

// reserve counts n bytes before they are made.
func (f *frame) reserve(n int) error { return f.grow(nowhere, n) }

// Arguments whose types have been checked.
func text(v any) string { s, _ := v.(string); return s }
func whole(v any) int64 { i, _ := v.(int64); return i }
func items(v any) []any { l, _ := v.([]any); return l }
func moment(v any) time.Time {
	t, _ := v.(time.Time)
	return t
}
