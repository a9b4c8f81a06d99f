// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// This file is about what Flux does after the render: it puts values in the place of ${variables}, and SOPS decrypts. To
// expressions, such texts are values that nobody knows yet; copied as they are, they are what Flux wants to see.

// inputStep is the step name of objects of the input in provenance.
const inputStep = "input"

// late knows the texts that Flux will change. Nil knows none.
type late struct {
	substitute map[string]string
	verbatim   map[*expr.Unknown]string
	copies     map[string]bool // the texts of verbatim
	encrypted  map[manifest.Key]bool
	hidden     map[expr.Wait]bool
}

// newLate is nil for all targets but Flux.
func newLate(c *Config) *late {
	if c.Target != TargetFlux {
		return nil
	}
	return &late{
		substitute: c.Substitute, verbatim: map[*expr.Unknown]string{}, copies: map[string]bool{},
		encrypted: map[manifest.Key]bool{}, hidden: map[expr.Wait]bool{},
	}
}

// texts is what may be copied verbatim.
func (l *late) texts() map[*expr.Unknown]string {
	if l == nil {
		return nil
	}
	return l.verbatim
}

// hide is an object with what Flux will change put out of the reach of expressions; nil when there is nothing of that.
func (l *late) hide(value map[string]any, id manifest.ID, step string) map[string]any {
	if l == nil {
		return nil
	}
	h := hiding{late: l, id: id, step: step, whole: value["sops"] != nil}
	if text, _ := annotation(value, fluxSubstitute); text == "disabled" {
		h.plain = true
	}
	if h.plain && !h.whole {
		return nil
	}
	if h.whole {
		l.encrypted[id.Key()] = true
	}
	out, changed := h.mapping(value, "")
	if !changed {
		return nil
	}
	return out
}

// hiding goes through one object.
type hiding struct {
	*late
	id    manifest.ID
	step  string
	whole bool // encrypted: every text below the identity
	plain bool // nothing is substituted in it
}

func (h *hiding) value(v any, path string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out, changed := h.mapping(v, path)
		if !changed {
			return v, false
		}
		return out, true
	case []any:
		var out []any
		for i, item := range v {
			if w, changed := h.value(item, fmt.Sprintf("%s[%d]", path, i)); changed {
				if out == nil {
					out = slices.Clone(v)
				}
				out[i] = w
			}
		}
		if out == nil {
			return v, false
		}
		return out, true
	case string:
		return h.text(v, path)
	}
	if h.whole && v != nil {
		return h.unknown(path), true
	}
	return v, false
}

func (h *hiding) mapping(m map[string]any, path string) (map[string]any, bool) {
	var out map[string]any
	for _, key := range sortedKeys(m) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		switch at {
		case "apiVersion", "kind", "metadata.name", "metadata.namespace":
			continue
		case "metadata":
			if h.whole {
				continue
			}
		}
		if w, changed := h.value(m[key], at); changed {
			if out == nil {
				out = maps.Clone(m)
			}
			out[key] = w
		}
	}
	return out, out != nil
}

func (h *hiding) text(text, path string) (any, bool) {
	switch {
	case h.whole:
		return h.unknown(path), true
	case h.plain || !strings.Contains(text, "${"):
		return text, false
	}
	if given, all := h.given(text); all {
		return given, true
	}
	u := h.unknown(path)
	h.verbatim[u], h.copies[text] = text, true
	return u, true
}

func (h *hiding) unknown(path string) *expr.Unknown {
	w := expr.Wait{Step: h.step, Object: h.id, Path: path}
	h.hidden[w] = true
	return expr.NewUnknown(w)
}

// variable is ${name}, or with a default ${name:-default}.
var variable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{([_a-zA-Z][_a-zA-Z0-9]*)(?::?[-=][^${}]*)?\}`)
})

// given puts the values of `substitute` into a text; false when that does not supply all of them.
func (l *late) given(text string) (string, bool) {
	all := !strings.Contains(text, "$${")
	out := variable().ReplaceAllStringFunc(text, func(found string) string {
		value, known := l.substitute[variable().FindStringSubmatch(found)[1]]
		all = all && known
		return value
	})
	rest := variable().ReplaceAllString(text, "")
	return out, all && !strings.Contains(rest, "${")
}

// substitution marks a rendered object that holds ${…} of its definition, which is text for somebody else: Flux must not
// substitute in it. It is a problem when the object holds ${…} of the input, too, which is there for Flux.
func (r *rendering) substitution(o manifest.Object, t *instance, s *eval.StepResult) []mark {
	if r.late == nil {
		return nil
	}
	own, copied := r.late.holds(o.Value)
	if own && copied {
		p := t.problemOf(s, diag.LateText)
		p.Message = fmt.Sprintf("step %s renders %s for %s with ${…} of its definition and of the input: Flux can substitute in both or in none", s.Path, o.ID, t.object.ID)
		p.Hint = "write $${…} in the definition, of which Flux makes ${…}; or give the values of the input by `substitute`"
		r.failed = append(r.failed, p)
	}
	if !own {
		return nil
	}
	return []mark{{fluxSubstitute, "disabled", false}}
}

// holds tells whether a value holds ${…} that is its own, and whether it holds some that was copied from the input.
func (l *late) holds(value any) (own, copied bool) {
	switch v := value.(type) {
	case string:
		if strings.Contains(strings.ReplaceAll(v, "$${", ""), "${") {
			return !l.copies[v], l.copies[v]
		}
	case []any:
		for _, item := range v {
			o, c := l.holds(item)
			own, copied = own || o, copied || c
		}
	case map[string]any:
		for _, item := range v {
			o, c := l.holds(item)
			own, copied = own || o, copied || c
		}
	}
	return own, copied
}

// readsLate tells whether a step waits for what Flux will change.
func (r *rendering) readsLate(s *eval.StepResult) bool {
	return s.Outcome.Type == eval.Deferred && r.firstLate(s) != nil
}

func (r *rendering) firstLate(s *eval.StepResult) *expr.Wait {
	if r.late == nil {
		return nil
	}
	for i := range s.Waits {
		w := &s.Waits[i]
		for hidden := range r.late.hidden {
			if hidden.Object.Key() == w.Object.Key() && hidden.Step == w.Step && (hidden.Path == w.Path || strings.HasPrefix(w.Path, hidden.Path+".") || strings.HasPrefix(w.Path, hidden.Path+"[")) {
				return w
			}
		}
	}
	return nil
}

// lateProblem says that an expression reads what nobody can know before Flux has changed it.
func (r *rendering) lateProblem(t *instance, s *eval.StepResult) diag.Diagnostic {
	w := r.firstLate(s)
	p := t.problemOf(s, diag.LateText)
	where := fmt.Sprintf("step %s of Workflow %s, for %s, computes with %s %s", s.Path, t.workflow.Name, t.object.ID, w.Object, w.Path)
	p.Message = where + ", which holds ${…}: Flux puts in the value after the render"
	p.Hint = "give the value by `substitute` in " + ConfigName + "; a plain copy of the text needs none"
	if r.late.encrypted[w.Object.Key()] {
		p.Message = where + ", which is encrypted: Flux decrypts it after the render"
		p.Hint = "keep what the program reads in an object that is not encrypted"
	}
	return p
}
