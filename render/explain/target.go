// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// identity is the layer of what apiConfig says; it lies over all others.
const identity = 1 << 20

// added is the layer of what no layer of the function says.
const added = identity + 1

// owner is what set a path of a target: a layer, the node that says it, and what is left of the path below it.
type owner struct {
	layer int
	node  *source.Node
	rest  path
}

// structure tells whether the node is a map or list whose parts may come from elsewhere.
func (o *owner) structure() bool {
	return o.node != nil && len(o.rest) == 0 && (len(o.node.Pairs) > 0 || len(o.node.Items) > 0)
}

// upto is the number of layers that a scope sees.
func (st *step) upto(layer int) int {
	if layer == whole {
		return len(st.called.Layers)
	}
	return layer
}

// target is what a step wants its object to be, as far as it is known; nil when it wants nothing.
func (st *step) target() map[string]any {
	switch {
	case st.result == nil:
		return nil
	case st.result.Action != nil && st.result.Action.Target != nil:
		return st.result.Action.Target
	case st.result.Partial != nil:
		return st.result.Partial
	case st.called != nil && len(st.called.Layers) > 0:
		return st.called.Layers[len(st.called.Layers)-1].After
	}
	return nil
}

// owner finds what set a path, among the first layers; false when nothing of the function did.
func (s *search) owner(st *step, upto int, p path) (owner, bool) {
	if isIdentity(p) {
		spec := st.resource().Node.At("spec", "apiConfig")
		key, _ := p[len(p)-1].(string)
		return owner{layer: identity, node: spec.Get(key)}, true
	}
	for i := upto - 1; i >= 0; i-- {
		if st.called.Layers[i].Skipped {
			continue
		}
		if n, rest := follow(s.root(st, i), p); n != nil {
			return owner{i, n, rest}, true
		}
	}
	return owner{layer: added}, false
}

// root is the text of a layer.
func (s *search) root(st *step, layer int) *source.Node {
	l := &st.called.Layers[layer]
	b := l.Body
	if l.Overlay != nil && l.Overlay.Ref != nil {
		b = s.given(l.Overlay.Ref, st.overlay(layer))
	}
	switch {
	case l.Template != nil:
		return l.Template.Node.At("spec", "template")
	case b != nil:
		return b.Node
	}
	return nil
}

func isIdentity(p path) bool {
	switch {
	case len(p) == 1:
		return p[0] == any("apiVersion") || p[0] == any("kind")
	case len(p) == 2 && p[0] == any("metadata"):
		return p[1] == any("name") || p[1] == any("namespace")
	}
	return false
}

// field finds what set a path of a step's target, and tells whether anything did.
func (s *search) field(f *fact, st *step, layer int, p path) bool {
	fn := st.resource()
	if fn == nil {
		return false
	}
	if st.result != nil && st.result.Object != nil && isSecretPath(*st.result.Object, p) {
		f.secret, f.deep = true, true
	}
	upto := st.upto(layer)
	o, found := s.owner(st, upto, p)
	switch {
	case o.layer == identity:
		return s.named(f, st, fn, p, o.node)
	case found && o.structure() || !found && slices.Equal(p, path{"metadata"}):
		s.composed(f, st, upto, p)
		return true
	case !found:
		return false
	}
	s.laid(f, st, &o, p)
	if !slices.ContainsFunc(f.reads, func(r *fact) bool { return strings.HasPrefix(r.read, "resource") }) {
		s.instead(f, st, o.layer, p)
	}
	return true
}

// named is a part of an object's identity.
func (s *search) named(f *fact, st *step, fn *program.ResourceFunction, p path, n *source.Node) bool {
	f.layer = identity
	from := "spec.apiConfig of ResourceFunction/" + fn.Name
	switch p[len(p)-1] {
	case "name":
		return s.body(f, fn.API.Name, nil, st.function(whole), from)
	case "namespace":
		return s.body(f, fn.API.Namespace, nil, st.function(whole), from)
	}
	f.from, f.at = from, n.Pos()
	return true
}

// laid is a field that one layer has set as a whole.
func (s *search) laid(f *fact, st *step, o *owner, p path) {
	l := &st.called.Layers[o.layer]
	f.layer = o.layer
	fn := st.resource()
	switch {
	case l.Template != nil:
		f.from, f.at = "ResourceTemplate/"+l.Template.Name, o.node.Pos()
	case l.Overlay == nil && o.layer == 0:
		s.body(f, l.Body, p, st.function(0), "spec.resource of ResourceFunction/"+fn.Name)
	case l.Overlay == nil:
		s.body(f, l.Body, p, st.function(o.layer), "spec.create.overlay of ResourceFunction/"+fn.Name)
	case l.Overlay.Ref != nil:
		s.returned(f, st, l.Overlay.Ref, p, st.overlay(o.layer), overlayName(st, l.Overlay, o.layer))
	default:
		s.body(f, l.Body, p, st.function(o.layer), overlayName(st, l.Overlay, o.layer))
	}
	if l.Doubtful {
		f.from += ", unless its skipIf leaves it out"
		doubt := &fact{read: overlayPath(l.Index) + ".skipIf"}
		s.body(doubt, l.Overlay.SkipIf, nil, st.function(whole), "decides about the overlay")
		f.reads = append([]*fact{doubt}, f.reads...)
	}
}

// overlayName names an overlay of a step's function.
func overlayName(st *step, o *program.Overlay, layer int) string {
	at := overlayPath(st.called.Layers[layer].Index) + " of ResourceFunction/" + st.resource().Name
	if o.Ref != nil {
		return "ValueFunction/" + o.Ref.Name + ", " + at
	}
	return at
}

func overlayPath(i int) string { return "spec.overlays[" + strconv.Itoa(i) + "]" }

// instead notes the value that a layer has replaced.
func (s *search) instead(f *fact, st *step, layer int, p path) {
	below, found := s.owner(st, layer, p)
	if layer == 0 || !found || below.layer == identity || below.structure() {
		return
	}
	before, found := at(st.called.Layers[layer].Before, p)
	if !found || f.state == known && same(before, f.value) {
		return
	}
	old := &fact{layer: below.layer}
	s.laid(old, st, &below, p)
	old.set(before)
	old.settle()
	f.secret = f.secret || old.secret
	f.instead = shown(old, false) + " of " + old.from + ", " + old.at.String()
}

// composed is a part of a target that several places have a share in.
func (s *search) composed(f *fact, st *step, upto int, p path) {
	v, _ := at(st.before(upto), p)
	f.from = "put together from several places"
	f.reads = s.fields(st, upto, p, v)
	if len(f.reads) == 1 && f.reads[0].read == p.String() {
		only := f.reads[0]
		f.from, f.at, f.code, f.reads = only.from, only.at, only.code, only.reads
	}
}

// before is the target under a layer.
func (st *step) before(upto int) map[string]any {
	if upto >= len(st.called.Layers) {
		return st.target()
	}
	return st.called.Layers[upto].Before
}

// fields lists what set each part of a value that lies at a path of the target. Parts that one layer has written as they
// are make one field.
func (s *search) fields(st *step, upto int, p path, v any) []*fact {
	o, found := s.owner(st, upto, p)
	if !o.structure() && found || !found && len(p) > 0 && !slices.Equal(p, path{"metadata"}) {
		return []*fact{s.fieldAt(st, upto, p, v, found)}
	}
	var out []*fact
	switch v := v.(type) {
	case map[string]any:
		for _, key := range orderedKeys(v) {
			out = append(out, s.fields(st, upto, p.then(key), v[key])...)
		}
	case []any:
		for i, item := range v {
			out = append(out, s.fields(st, upto, p.then(i), item)...)
		}
	default:
		return []*fact{s.fieldAt(st, upto, p, v, found)}
	}
	literal := func(f *fact) bool { return f.code == "" && len(f.reads) == 0 && f.layer == o.layer && !f.secret }
	if len(p) > 0 && len(out) > 0 && found && !slices.ContainsFunc(out, func(f *fact) bool { return !literal(f) }) {
		one := &fact{read: p.String(), layer: o.layer, from: out[0].from, at: o.node.Pos()}
		one.set(v)
		return []*fact{one}
	}
	return out
}

func (s *search) fieldAt(st *step, upto int, p path, v any, found bool) *fact {
	f := &fact{read: p.String(), layer: added}
	f.set(v)
	if o, _ := s.owner(st, upto, p); !found || o.structure() || !s.field(f, st, upto, p) {
		f.from, f.at = "added by korender", st.def.Node.Pos()
		if found {
			f.from, f.at, f.layer = "put together", o.node.Pos(), o.layer
		}
	}
	if st.result != nil && st.result.Object != nil {
		f.deep = f.deep || isSecretPath(*st.result.Object, p)
		f.secret = f.secret || f.deep
	}
	f.settle()
	return f
}

// orderedKeys are the keys of a map; those that name an object come first.
func orderedKeys(m map[string]any) []string {
	out := sortedKeys(m)
	rank := func(key string) int {
		return slices.Index([]string{"status", "spec", "metadata", "namespace", "name", "kind", "apiVersion"}, key)
	}
	slices.SortStableFunc(out, func(a, b string) int { return rank(b) - rank(a) })
	return out
}
