// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
)

// result is one entry of the results of a ResourceList.
type result struct {
	message  string
	severity diag.Severity
	ref      manifest.ID // zero: none
	field    string
	file     string
	index    int
	code     diag.Code
}

// node is the result as YAML.
func (r *result) node() *yaml.Node {
	n := mapOf("message", text(r.message), "severity", text(r.severity.String()))
	add := func(key string, value *yaml.Node) { n.Content = append(n.Content, text(key), value) }
	if r.ref.Kind != "" && r.ref.Name != "" {
		ref := mapOf("apiVersion", text(r.ref.APIVersion), "kind", text(r.ref.Kind), "name", text(r.ref.Name))
		if r.ref.Namespace != "" {
			ref.Content = append(ref.Content, text("namespace"), text(r.ref.Namespace))
		}
		add("resourceRef", ref)
	}
	if r.field != "" {
		add("field", mapOf("path", text(r.field)))
	}
	if r.file != "" {
		file := mapOf("path", text(r.file))
		if r.index != 0 {
			file.Content = append(file.Content, text("index"), number(r.index))
		}
		add("file", file)
	}
	if r.code != "" {
		add("tags", mapOf("code", text(string(r.code))))
	}
	return n
}

func number(i int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: intTag, Value: fmt.Sprint(i)}
}

// tell makes results of all problems, and lists them as people see them.
func (f *function) tell(problems diag.List) diag.List {
	told := make(diag.List, 0, len(problems))
	for _, p := range problems {
		r, shown := f.told(p)
		f.results = append(f.results, r)
		if shown.Severity != diag.Info {
			told = append(told, shown)
		}
	}
	for _, n := range f.notes {
		f.results = append(f.results, result{severity: n.Severity, code: n.Code, ref: n.ref, message: hinted(n.Diagnostic)})
		if n.Severity != diag.Info {
			told = append(told, n.Diagnostic)
		}
	}
	return told
}

// hinted is a message with its hint.
func hinted(p diag.Diagnostic) string {
	if p.Hint == "" {
		return p.Message
	}
	return p.Message + " (hint: " + p.Hint + ")"
}

// told is a problem as a result, and as people see it at a terminal: both name the item and the field instead of a place
// in a text that nobody has seen.
func (f *function) told(p diag.Diagnostic) (result, diag.Diagnostic) {
	d := f.document(p.Pos.File)
	p.Message, p.Hint = f.translated(p.Message), f.translated(p.Hint)
	r := result{severity: p.Severity, code: p.Code}
	if d == nil {
		r.file = p.Pos.File
		if p.Pos.Line > 0 {
			r.message = p.Pos.String() + ": "
		}
	} else {
		field, value := d.locate(p.Pos.Line, p.Pos.Column)
		if hint := f.hint(p.Code, value); hint != "" {
			p.Hint = hint
		}
		if d.fields != nil {
			p.Excerpt = "" // of a text that is not the user's
		}
		r.ref, r.field, r.file, r.index = d.id, field, d.path(), d.index()
		p.Pos.File, p.Pos.Line = strings.TrimSuffix(d.String()+", "+field, ", "), 0
	}
	r.message += hinted(p)
	return r, p
}

// hint is a better hint than the engine's, which knows nothing of items; "" when there is none. The value is that at the
// place of the problem.
func (f *function) hint(code diag.Code, value *yaml.Node) string {
	switch code {
	case diag.BadIdentity:
		return "leave it out of the resources, or, if it is there for tools only, annotate it with " + localAnnotation + ": \"true\""
	case diag.MissingDefinition, diag.WrongReference, diag.UnknownWorkflow:
		return f.renamed(value)
	}
	return ""
}

// previousNames is where kustomize keeps the names that an object had before it renamed it, separated by commas.
const previousNames = internalPrefix + "previousNames"

// renamed says that a definition that is missing is there by another name, because kustomize has renamed it; "" when it
// is not. The value is a name, or a reference with one.
func (f *function) renamed(value *yaml.Node) string {
	if value == nil {
		return ""
	}
	name := value.Value
	if value.Kind == yaml.MappingNode {
		name = textAt(value, "name")
	}
	for _, d := range f.items {
		if !isDefinition(d) || d.id.Name == name {
			continue
		}
		for _, before := range strings.Split(d.annotation(previousNames), ",") {
			if before != "" && before == name {
				return fmt.Sprintf("kustomize has renamed %s %q to %q (namePrefix or nameSuffix), and knows nothing of references "+
					"between definitions: keep definitions in a library, or render first and set the prefix in an overlay above", d.id.Kind, name, d.id.Name)
			}
		}
	}
	return ""
}

// note is something to tell about an object that is no item.
type note struct {
	ref manifest.ID
	diag.Diagnostic
}

// noteNames tells, of everything that is handed to live, that it may not be renamed any more: a warning when something is
// deferred today.
func (f *function) noteNames(result *render.Result) {
	for _, o := range result.Objects {
		if o.ID.Kind != render.InstanceKind || o.ID.APIVersion != render.APIVersion || o.From.Step == "" {
			continue
		}
		spec, _ := o.Value["spec"].(map[string]any)
		deferred, _ := spec["deferred"].([]any)
		n := note{ref: o.ID, Diagnostic: diag.Diagnostic{Severity: diag.Warning, Code: diag.NoLaterRename}}
		switch len(deferred) {
		case 0:
			n.Severity = diag.Info
			n.Message = fmt.Sprintf("%s hands over what may be deferred one day", o.ID)
		case 1:
			n.Message = fmt.Sprintf("%s leaves 1 step to the live reconciler", o.ID)
		default:
			n.Message = fmt.Sprintf("%s leaves %d steps to the live reconciler", o.ID, len(deferred))
		}
		n.Message += ", which refuses it when anything renames it or moves it to another namespace after this function"
		n.Hint = "set namePrefix, nameSuffix and namespace on the trigger, before this function, and not on what it renders"
		f.notes = append(f.notes, n)
	}
}
