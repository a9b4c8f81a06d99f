// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strconv"
	"strings"

	"github.com/korender/korender/render/schema"
)

// valueFinding looks at a ValueFunction that a step runs.
func valueFinding(f *ValueFunction, inputs *guess) *finding {
	r := &reader{vars: map[string]*guess{"inputs": inputs}, did: "ValueFunction " + f.Name + " returns"}
	causes := r.conditions(CausePrecondition, "its precondition", f.Preconditions)
	return &finding{causes: causes, value: r.result(f, nil)}
}

// result is what a ValueFunction returns, laid over base.
func (r *reader) result(f *ValueFunction, base *guess) *guess {
	var early []*guess
	for _, c := range f.Preconditions {
		if c.Kind == CondReturn {
			early = append(early, r.lay(c.Return, base))
		}
	}
	r.locals(f.Locals, "ValueFunction "+f.Name)
	out := r.lay(f.Return, base)
	for _, g := range early {
		out = join(out, g)
	}
	return out
}

// lay is a Body laid over a base.
func (r *reader) lay(b *Body, base *guess) *guess {
	if b == nil || b.root.keys == nil {
		return base
	}
	return r.over(&b.root, base)
}

// locals adds the locals of a function to what its expressions see.
func (r *reader) locals(b *Body, owner string) {
	did := r.did
	r.did = owner + " computes"
	r.vars["locals"] = r.body(b)
	r.did = did
}

// builder looks at one ResourceFunction.
type builder struct {
	d               *deferrals
	f               *ResourceFunction
	r               *reader
	name, namespace *guess
	out             *finding
}

// resource looks at a ResourceFunction.
func (d *deferrals) resource(f *ResourceFunction, inputs *guess) *finding {
	b := &builder{d: d, f: f, out: &finding{}, r: &reader{
		vars: map[string]*guess{"inputs": inputs}, did: "ResourceFunction " + f.Name + " sets", texts: len(f.Postconditions) > 0 || f.Return != nil,
	}}
	b.causes(b.r.conditions(CausePrecondition, "its precondition", f.Preconditions))
	b.r.locals(f.Locals, "ResourceFunction "+f.Name)
	b.identity()
	switch {
	case f.API.DeleteIfExists:
		b.policy(CauseDeleteIfExists, "is asked for, and git does not know whether its object exists", "apiConfig", "deleteIfExists")
		b.after(nil)
	case f.API.Readonly:
		at := f.Node.At("spec", "apiConfig", "readonly").Pos()
		b.out.gates = append(b.out.gates, Cause{
			Kind: CauseReadonly, Text: "its object is only read (" + at.String() + "), and git does not know whether it exists", At: at,
		})
		b.after(b.declared(nil, &origin{note: noteRead}))
	default:
		b.policies()
		b.after(b.declared(b.target(), &origin{note: noteObject}))
	}
	return b.out
}

func (b *builder) causes(list []Cause) { b.out.causes = append(b.out.causes, list...) }

// identity looks at name and namespace.
func (b *builder) identity() {
	api := &b.f.API
	b.name = b.r.body(api.Name)
	b.causes(causesOf(CauseIdentity, "the name of its object", b.name))
	if api.Namespaced {
		b.namespace = b.r.body(api.Namespace)
		b.causes(causesOf(CauseIdentity, "the namespace of its object", b.namespace))
	}
}

// policies looks at what leaves the object to a live reconciler, however much is known of it.
func (b *builder) policies() {
	f, rules := b.f, b.d.rules
	if f.Pin == "live" {
		at := f.Node.At("metadata", "annotations", "korender.dev/apply").Pos()
		b.out.causes = append(b.out.causes, Cause{Kind: CausePin, Text: "its annotation korender.dev/apply (" + at.String() + ") says live", At: at})
	}
	switch {
	case !f.Create.Enabled:
		b.policy(CauseCreateEnabled, "is false, and git does not know whether its object exists", "create", "enabled")
	case f.Create.Overlay != nil && rules.CreateOverlayDefers:
		b.policy(CausePolicy, "makes creation differ from later updates, and git does not know whether its object exists", "create", "overlay")
	}
	switch {
	case f.Update.Policy == UpdateNever && rules.NeverDefers:
		b.policy(CausePolicy, "lets nobody change its object once it exists, which git cannot promise", "update", "never")
	case f.Update.Policy == UpdateRecreate && rules.RecreateDefers:
		b.policy(CausePolicy, "deletes its object when it differs, which git cannot do", "update", "recreate")
	}
}

// policy is a cause that a field gives; the text goes on after its name and place.
func (b *builder) policy(kind, text string, field ...string) {
	at := b.f.Node.At(append([]string{"spec"}, field...)...).Pos()
	name := "`" + strings.TrimPrefix(strings.Join(field, "."), "apiConfig.") + "` (" + at.String() + ") "
	b.out.causes = append(b.out.causes, Cause{Kind: kind, Text: name + text, At: at})
}

// target builds the wanted object as evaluation does, and looks at what of it may be unknown.
func (b *builder) target() *guess {
	target := b.identified(b.template())
	for i, o := range b.f.Overlays {
		next := b.overlay(i, o, target)
		if o.SkipIf != nil {
			next = join(target, next)
		}
		target = next
	}
	target = b.identified(target)
	if over := b.f.Create.Overlay; over != nil {
		b.r.vars["resource"] = target
		target = join(target, b.identified(b.r.lay(over, target)))
	}
	target.withoutDirectives().visit("", func(path string, o *origin) {
		if c := o.cause(CauseTarget, "its object's "+strings.TrimPrefix(path, ".")); !b.told(c) {
			b.out.causes = append(b.out.causes, c)
		}
	})
	return target
}

// told tells whether a cause of the object is clear from what was said of its identity.
func (b *builder) told(c Cause) bool {
	for _, other := range b.out.causes {
		if other.At == c.At && other.Kind == CauseIdentity {
			return true
		}
	}
	return false
}

// template is what the overlays are laid over.
func (b *builder) template() *guess {
	if b.f.TemplateRef == nil {
		return b.r.body(b.f.Resource)
	}
	b.causes(b.r.cause(CauseTarget, "the name of its template", b.f.TemplateRef))
	name, fixed := b.f.TemplateRef.Literal()
	text, _ := name.(string)
	if t := b.d.program.Templates[text]; fixed && t != nil && b.r.texts {
		return literal(t.Value)
	}
	return nil
}

// overlay lays one overlay over the target.
func (b *builder) overlay(i int, o *Overlay, target *guess) *guess {
	b.causes(b.r.cause(CauseTarget, "the skipIf of its overlay "+strconv.Itoa(i+1), o.SkipIf))
	if o.Ref == nil {
		b.r.vars["resource"] = target
		return b.r.lay(o.Body, target)
	}
	did := b.r.did
	b.r.did = "ResourceFunction " + b.f.Name + " passes"
	inputs := b.r.body(o.Inputs)
	b.r.did = did
	inner := &reader{vars: map[string]*guess{"inputs": inputs, "resource": target}, did: "ValueFunction " + o.Ref.Name + " sets", texts: b.r.texts}
	b.causes(inner.conditions(CausePrecondition, "a precondition of its overlay "+strconv.Itoa(i+1), o.Ref.Preconditions))
	return inner.result(o.Ref, target)
}

// identified is the target with the identity that apiConfig gives it.
func (b *builder) identified(target *guess) *guess {
	metadata := target.child("metadata")
	if metadata == nil || metadata.self == nil {
		metadata = metadata.with("name", b.name).with("namespace", b.namespace)
	}
	return target.with("metadata", metadata).with("apiVersion", nil).with("kind", nil)
}

// declared is the object as postconditions and return see it at git time. Who it is stays; of the rest, only texts that
// are written out are sure to stay as they are, and only where the schema of the kind does not say that a server writes
// them anew.
func (b *builder) declared(target *guess, o *origin) *guess {
	of := b.d.rules.Schema.Kind(b.f.API.APIVersion, b.f.API.Kind)
	metadata := b.confirmed(target.child("metadata"), o, "metadata", of.Field("metadata"))
	if metadata == nil || metadata.self != nil {
		metadata = &guess{open: o}
	}
	out := &guess{open: o, fields: map[string]*guess{}}
	if target != nil {
		for key, field := range target.fields {
			out.fields[key] = b.confirmed(field, o, key, of.Field(key))
		}
	}
	out.fields["status"] = unknownBy(o) // whatever a function writes there
	out.fields["metadata"] = metadata.with("name", b.name).with("namespace", b.namespace)
	out.fields["apiVersion"], out.fields["kind"] = nil, nil
	return out
}

// confirmed is what stays of a field that lies in top, if that is the key of a field of the object, or below.
func (b *builder) confirmed(g *guess, o *origin, top string, of *schema.Type) *guess {
	secret := b.f.API.Kind == "Secret" && (top == "data" || top == "stringData")
	switch {
	case g == nil || g.extent() != nil || g.rest != nil || secret || isDirective(top) || of.Rewritten():
		return unknownBy(o)
	case g.text != "":
		return nil
	case !g.texts():
		return unknownBy(o)
	}
	out := &guess{open: o, fields: make(map[string]*guess, len(g.fields))}
	for key, field := range g.fields {
		out.fields[key] = b.confirmed(field, o, key, of.Field(key))
	}
	return out
}

// after looks at postconditions and return.
func (b *builder) after(resource *guess) {
	b.r.vars["resource"] = resource
	b.r.did = "ResourceFunction " + b.f.Name + " returns"
	b.r.texts = false
	b.out.gates = append(b.out.gates, b.r.conditions(CausePostcondition, "its postcondition", b.f.Postconditions)...)
	b.out.value = b.r.body(b.f.Return)
}
