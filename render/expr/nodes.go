// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/korender/korender/render/diag"
)

func backgroundOf() context.Context { return context.Background() }

func asError(err error, target **Error) bool { return errors.As(err, target) }

type constant struct{ value any }

func (n constant) eval(*frame) (any, error) { return n.value, nil }

type local struct{ slot int }

func (n local) eval(f *frame) (any, error) { return f.locals[n.slot], nil }

type variable struct {
	name string
	at   place
}

func (n variable) eval(f *frame) (any, error) {
	v, found := f.vars[n.name]
	if !found {
		return nil, n.at.fail("is not set")
	}
	return v, nil
}

// failing stands for an undeclared name or function inside has().
type failing struct{ at place }

func (n failing) eval(*frame) (any, error) { return nil, n.at.fail("is not a name in scope") }

type list struct{ items []node }

func (n list) eval(f *frame) (any, error) {
	out := make([]any, len(n.items))
	for i, item := range n.items {
		v, err := item.eval(f)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

type mapLiteral struct {
	keys, values []node
	at           place
}

func (n mapLiteral) eval(f *frame) (any, error) {
	out := make(map[string]any, len(n.keys))
	var open *Unknown
	for i := range n.keys {
		k, err := n.keys[i].eval(f)
		if err != nil {
			return nil, err
		}
		v, err := n.values[i].eval(f)
		if err != nil {
			return nil, err
		}
		if u, ok := k.(*Unknown); ok {
			f.doubt(u)
			open = eitherUnknown(orNil(open), u)
			continue
		}
		key, ok := keyText(k)
		if !ok {
			return nil, n.at.fail("a key of a map must be a string, int, uint or bool, not %s", TypeName(k))
		}
		if _, taken := out[key]; taken {
			return nil, n.at.fail("the key %q stands twice", key)
		}
		out[key] = v
	}
	if open != nil {
		return f.unknownOf(&n.at, open, out)
	}
	return out, nil
}

func orNil(u *Unknown) any {
	if u == nil {
		return nil
	}
	return u
}

// keyText is how a key of a CEL map is written in JSON.
func keyText(k any) (string, bool) {
	switch k := k.(type) {
	case string:
		return k, true
	case int64:
		return strconv.FormatInt(k, 10), true
	case uint64:
		return strconv.FormatUint(k, 10), true
	case bool:
		return strconv.FormatBool(k), true
	}
	return "", false
}

type selectField struct {
	operand node
	key     string
	at      place
	inner   *selectField // operand, when it is a selection too
}

func (n selectField) eval(f *frame) (any, error) {
	if n.inner != nil && !f.watching {
		return n.evalBoth(f)
	}
	v, err := n.operand.eval(f)
	if err != nil {
		return nil, err
	}
	field, err := get(v, n.key, &n.at)
	if f.watching && maybeAbsent(v, n.key) {
		f.doubt(field)
	}
	return field, err
}

// evalBoth selects two fields in a row: x.metadata.name needs no value for x.metadata.
func (n selectField) evalBoth(f *frame) (any, error) {
	v, err := n.inner.operand.eval(f)
	if err != nil {
		return nil, err
	}
	if o, ok := v.(*Object); ok {
		var part Object
		if o.into(n.inner.key, &part) {
			if field, p := part.field(n.key); p == present {
				return field, nil
			}
		}
	}
	if v, err = get(v, n.inner.key, &n.inner.at); err != nil {
		return nil, err
	}
	return get(v, n.key, &n.at)
}

// maybeAbsent tells whether the entry of a container, unknown as it is, may not exist at all.
func maybeAbsent(v, key any) bool {
	switch v := v.(type) {
	case *Unknown:
		return true
	case *openList:
		i, ok := wholeNumber(key)
		return !ok || !v.has(i)
	case *Object:
		k, ok := key.(string)
		if !ok {
			return true
		}
		_, p := v.field(k)
		return p == unknown
	}
	_, ok := key.(*Unknown)
	return ok
}

// get is the entry key of a map-like value.
func get(v any, key string, at *place) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if e, found := v[key]; found {
			return e, nil
		}
		return nil, missing(key, v, at)
	case *Object:
		e, p := v.field(key)
		switch p {
		case present:
			return e, nil
		case unknown:
			return NewUnknown(v.wait(keyStep(key))), nil
		case waiting:
			return nil, &Waiting{Waits: []Wait{v.wait(keyStep(key))}}
		}
		return nil, missing(key, v.Value, at)
	case *Unknown:
		return v.child(keyStep(key)), nil
	}
	return nil, at.fail("a field can be read of a map only, not of %s", aType(v))
}

// missing names the keys that are near, never a value.
func missing(key string, m map[string]any, at *place) error {
	e := &Error{Offset: at.offset, Source: at.source, Message: "there is no key " + strconv.Quote(key)}
	if len(key) > 2 { // anything is near to a shorter one
		e.Hint = diag.DidYouMean(key, slices.Collect(maps.Keys(m)))
	}
	if e.Hint == "" && at.source != "" {
		e.Hint = "guard it with has(" + at.source + "), or make sure that it is set"
	}
	return e
}

type index struct {
	operand, key node
	at           place
}

func (n index) eval(f *frame) (any, error) {
	v, err := n.operand.eval(f)
	if err != nil {
		return nil, err
	}
	k, err := n.key.eval(f)
	if err != nil {
		return nil, err
	}
	item, err := lookup(v, k, &n.at)
	if f.watching && maybeAbsent(v, k) {
		f.doubt(item)
	}
	return item, err
}

func lookup(v, k any, at *place) (any, error) {
	if u, ok := k.(*Unknown); ok {
		return eitherUnknown(v, u), nil
	}
	switch l := v.(type) {
	case []any:
		i, ok := wholeNumber(k)
		if !ok {
			return nil, at.fail("a list is indexed by an int, not %s", aType(k))
		}
		if i < 0 {
			i += len(l)
		}
		if i < 0 || i >= len(l) {
			return nil, at.fail("the index is out of range: the list has %d items", len(l))
		}
		return l[i], nil
	case *openList:
		return lookupOpen(l, k, at)
	case *Unknown:
		switch k := k.(type) {
		case string:
			return l.child(keyStep(k)), nil
		case int64, uint64:
			i, _ := wholeNumber(k)
			return l.child("[" + strconv.Itoa(i) + "]"), nil
		}
		return derived(l.waits), nil
	}
	key, ok := keyText(k)
	if !ok {
		return nil, at.fail("a map is indexed by a string, not %s", aType(k))
	}
	return get(v, key, at)
}

func lookupOpen(l *openList, k any, at *place) (any, error) {
	i, ok := wholeNumber(k)
	if !ok {
		return nil, at.fail("a list is indexed by an int, not %s", aType(k))
	}
	if i < 0 && l.of.Mode != Declared {
		i += len(l.items)
	}
	if v, found := l.item(i); found {
		return v, nil
	}
	w := l.of.wait("[" + strconv.Itoa(i) + "]")
	switch {
	case l.of.Mode == Declared:
		return NewUnknown(w), nil
	case i >= 0:
		return nil, &Waiting{Waits: []Wait{w}}
	}
	return nil, at.fail("the index is out of range: the list has %d items", len(l.items))
}

func wholeNumber(k any) (int, bool) {
	switch k := k.(type) {
	case int64:
		return int(k), true
	case uint64:
		if k < 1<<62 {
			return int(k), true
		}
	case float64:
		if k == float64(int(k)) {
			return int(k), true
		}
	}
	return 0, false
}
