// SPDX-License-Identifier: Apache-2.0

package program

import (
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

func (c *compiler) resourceFunction(d *definition) {
	f, spec := d.resource, d.spec
	f.Pin = annotationOf(d, "apply")
	f.Preconditions = c.conditions(listAt(spec, "preconditions"), resourceEarly)
	f.Locals = c.filled(mapAt(spec, "locals"), resourceLocal)
	c.apiConfig(&f.API, pair(spec, "apiConfig"))
	f.Resource = c.body(mapAt(spec, "resource"), resourceBuild)
	if ref := mapAt(spec, "resourceTemplateRef"); ref != nil {
		f.TemplateRef = c.body(textAt(ref, "name"), resourceBuild)
		c.staticTemplate(textAt(ref, "name"))
	}
	c.overlays(d)
	c.create(&f.Create, mapAt(spec, "create"))
	f.Update = updateOf(mapAt(spec, "update"))
	f.Delete = deleteOf(mapAt(spec, "delete"))
	f.Postconditions = c.conditions(listAt(spec, "postconditions"), wholeScope)
	f.Return = c.filled(mapAt(spec, "return"), wholeScope)
	c.directives(mapAt(spec, "resource"))

	d.reads.root = "inputs"
	d.reads.resourceFunction(f)
	f.Inputs = d.reads.list
}

func (c *compiler) apiConfig(a *APIConfig, p *source.Pair) {
	if p == nil || p.Value.Kind != source.Map {
		return
	}
	n := p.Value
	a.Namespaced, a.Owned = flagAt(n, "namespaced", true), flagAt(n, "owned", true)
	a.Readonly, a.DeleteIfExists = flagAt(n, "readonly", false), flagAt(n, "deleteIfExists", false)
	a.APIVersion, a.Kind = textAt(n, "apiVersion").Text(), textAt(n, "kind").Text()
	a.Plural = textAt(n, "plural").Text()
	a.Name = c.body(textAt(n, "name"), resourceBuild)
	if a.Readonly && a.DeleteIfExists {
		c.report(n.KeyProblem(*pair(n, "deleteIfExists"), diag.Conflict, "a readonly object cannot be deleted"), "remove readonly or deleteIfExists")
	}
	namespace := pair(n, "namespace")
	switch {
	case namespace == nil && a.Namespaced:
		c.report(n.Document().Problem(p.KeyAt, diag.MissingField, "spec.apiConfig.namespace is missing"),
			"a cluster-scoped kind needs namespaced: false"+nullNamespace(n))
	case namespace != nil && !a.Namespaced:
		c.warn(n.KeyProblem(*namespace, diag.IgnoredField, "spec.apiConfig.namespace is ignored: the kind is not namespaced"), "remove it")
	case namespace != nil:
		a.Namespace = c.body(textAt(n, "namespace"), resourceBuild)
	}
}

func nullNamespace(n *source.Node) string {
	if hint := nullHint(n, "namespace"); hint != "" {
		return "; " + hint
	}
	return ""
}

func (c *compiler) overlays(d *definition) {
	n := listAt(d.spec, "overlays")
	if n == nil {
		return
	}
	for i, item := range n.Items {
		o := &Overlay{Node: item, SkipIf: c.body(formulaAt(item, "skipIf"), resourceBuild)}
		o.Body = c.filled(mapAt(item, "overlay"), wholeScope)
		c.directives(mapAt(item, "overlay"))
		o.Inputs = c.body(mapAt(item, "inputs"), resourceBuild)
		if ref := mapAt(item, "overlayRef"); ref != nil {
			if l := c.logic(ref, []string{kindValueFunction}); l != nil {
				o.Ref = l.Value
			}
		} else if p := pair(item, "inputs"); p != nil && mapAt(item, "overlay") != nil {
			c.report(item.KeyProblem(*p, diag.Conflict, "spec.overlays[%d].inputs goes with overlayRef only", i),
				"an inline overlay reads inputs, locals and resource of the function itself")
		}
		d.resource.Overlays = append(d.resource.Overlays, o)
	}
}

func (c *compiler) create(out *Create, n *source.Node) {
	out.Enabled = flagAt(n, "enabled", true)
	out.Delay = intAt(n, "delay", defaultDelay)
	out.Overlay = c.filled(mapAt(n, "overlay"), wholeScope)
	c.directives(mapAt(n, "overlay"))
	if !out.Enabled {
		out.Overlay = nil
	}
}

func updateOf(n *source.Node) Update {
	switch {
	case mapAt(n, "recreate") != nil:
		return Update{UpdateRecreate, intAt(mapAt(n, "recreate"), "delay", defaultDelay)}
	case mapAt(n, "never") != nil:
		return Update{Policy: UpdateNever}
	default:
		return Update{UpdatePatch, intAt(mapAt(n, "patch"), "delay", defaultDelay)}
	}
}

func deleteOf(n *source.Node) DeletePolicy {
	switch {
	case mapAt(n, "destroy") != nil:
		return DeleteDestroy
	case mapAt(n, "abandon") != nil:
		return DeleteAbandon
	default:
		return DeleteDefault
	}
}
