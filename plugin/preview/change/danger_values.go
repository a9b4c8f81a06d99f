// SPDX-License-Identifier: Apache-2.0

package change

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// valueAt is what lies below keys; nil when there is nothing.
func valueAt(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

func textAt(v any, keys ...string) string {
	text, _ := valueAt(v, keys...).(string)
	return text
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func shrinkingVolume(c *Change) []finding {
	if kindOf(c) != "PersistentVolumeClaim" {
		return nil
	}
	before, known := quantity(valueAt(c.before, "spec", "resources", "requests", "storage"))
	after, both := quantity(valueAt(c.after, "spec", "resources", "requests", "storage"))
	if !known || !both || after.Cmp(before) >= 0 {
		return nil
	}
	return []finding{{"spec.resources.requests.storage", "a cluster refuses to shrink a claim"}}
}

var quantityForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([+-]?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?)([kMGTPEmun]|[KMGTPE]i)?$`)
})

var suffixes = sync.OnceValue(func() map[string]*big.Rat {
	return map[string]*big.Rat{
		"": rat(1, 1), "n": rat(1, 1e9), "u": rat(1, 1e6), "m": rat(1, 1e3), "k": rat(1e3, 1), "M": rat(1e6, 1), "G": rat(1e9, 1), "T": rat(1e12, 1),
		"P": rat(1e15, 1), "E": rat(1e18, 1), "Ki": rat(1<<10, 1), "Mi": rat(1<<20, 1), "Gi": rat(1<<30, 1), "Ti": rat(1<<40, 1), "Pi": rat(1<<50, 1),
		"Ei": rat(1<<60, 1),
	}
})

func rat(a, b int64) *big.Rat { return big.NewRat(a, b) }

// quantity reads an amount as Kubernetes writes it: 10Gi, 500m, 1e3.
func quantity(v any) (*big.Rat, bool) {
	if n, ok := number(v); ok {
		r := new(big.Rat).SetFloat64(n)
		return r, r != nil
	}
	text, _ := v.(string)
	m := quantityForm().FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	n, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return nil, false
	}
	return n.Mul(n, suffixes()[m[2]]), true
}

func crdVersions(c *Change) []finding {
	if kindOf(c) != "CustomResourceDefinition" || c.before == nil || c.after == nil {
		return nil
	}
	before, after := versionsOf(c.before), versionsOf(c.after)
	var out []finding
	for _, name := range slices.Sorted(maps.Keys(before)) {
		path := "spec.versions[name=" + name + "]"
		switch now, still := after[name]; {
		case !before[name]:
		case !still:
			out = append(out, finding{path, "the version is removed: objects stored in it cannot be read any more"})
		case !now:
			out = append(out, finding{path + ".served", "the version is not served any more: whoever asks for it gets an error"})
		}
	}
	return out
}

// versionsOf tells of each version of a CustomResourceDefinition whether it is served.
func versionsOf(crd map[string]any) map[string]bool {
	out := map[string]bool{}
	list, _ := valueAt(crd, "spec", "versions").([]any)
	for _, v := range list {
		if name := textAt(v, "name"); name != "" {
			served, _ := valueAt(v, "served").(bool)
			out[name] = served
		}
	}
	return out
}

// isRights tells whether a change is about rights, and there are any afterwards.
func isRights(c *Change) bool {
	return c.after != nil && c.Object.Group() == "rbac.authorization.k8s.io"
}

// everything finds new roles that allow more than anyone can list.
func everything(c *Change) []finding {
	if !isRights(c) || c.before != nil {
		return nil
	}
	if textAt(c.after, "roleRef", "name") == "cluster-admin" {
		return []finding{{"roleRef", "its subjects may do everything"}}
	}
	for _, r := range rightsOf(c.after) {
		if r.verb == "*" || r.resource == "*" || r.url == "*" {
			return []finding{{"rules", "allows " + r.String()}}
		}
	}
	return nil
}

// newRights finds new roles and bindings.
func newRights(c *Change) []finding {
	if !isRights(c) || c.before != nil {
		return nil
	}
	return []finding{{"", "new rights: " + map[bool]string{true: "a binding", false: "a role"}[strings.HasSuffix(c.Object.Kind, "Binding")]}}
}

// widerRights finds what an existing role or binding did not grant before.
func widerRights(c *Change) []finding {
	if !isRights(c) || c.before == nil {
		return nil
	}
	switch c.Object.Kind {
	case "Role", "ClusterRole":
		return widerRole(c)
	case "RoleBinding", "ClusterRoleBinding":
		return moreSubjects(c)
	default:
		return nil
	}
}

// right is one thing that a role allows.
type right struct{ verb, group, resource, name, url string }

// maxRights bounds the rights that are compared one by one.
const maxRights = 3_000

func widerRole(c *Change) []finding {
	before, after := rightsOf(c.before), rightsOf(c.after)
	if len(before) > maxRights || len(after) > maxRights {
		if same(valueAt(c.before, "rules"), valueAt(c.after, "rules")) {
			return nil
		}
		return []finding{{"rules", fmt.Sprintf("more than %d rights change: they were not compared one by one", maxRights)}}
	}
	var out []finding
	for _, r := range after {
		if slices.ContainsFunc(before, r.coveredBy) {
			continue
		}
		if len(out) == maxFindings {
			out = append(out, finding{"rules", "and more"})
			break
		}
		out = append(out, finding{"rules", "allows what was not allowed: " + r.String()})
	}
	if valueAt(c.after, "aggregationRule") != nil && !same(valueAt(c.before, "aggregationRule"), valueAt(c.after, "aggregationRule")) {
		out = append(out, finding{"aggregationRule", "takes in the rules of other roles"})
	}
	return out
}

// maxFindings is how many rights are listed.
const maxFindings = 5

func (r right) String() string {
	if r.url != "" {
		return r.verb + " " + r.url
	}
	out := r.verb + " " + r.resource
	if r.group != "" {
		out += "." + r.group
	}
	if r.name != "" {
		out += " named " + r.name
	}
	return out
}

// coveredBy tells whether another right allows it.
func (r right) coveredBy(o right) bool {
	is := func(a, b string) bool { return a == b || b == "*" }
	if r.url != "" || o.url != "" {
		return is(r.verb, o.verb) && (r.url == o.url || strings.HasSuffix(o.url, "*") && strings.HasPrefix(r.url, strings.TrimSuffix(o.url, "*")) && r.url != "")
	}
	return is(r.verb, o.verb) && is(r.group, o.group) && is(r.resource, o.resource) && (r.name == o.name || o.name == "")
}

// rightsOf lists what a role allows.
func rightsOf(role map[string]any) []right {
	var out []right
	list, _ := valueAt(role, "rules").([]any)
	for _, rule := range list {
		urls := stringsAt(rule, "nonResourceURLs")
		groups, resources, names := stringsAt(rule, "apiGroups"), stringsAt(rule, "resources"), stringsAt(rule, "resourceNames")
		if len(names) == 0 {
			names = []string{""}
		}
		for _, verb := range stringsAt(rule, "verbs") {
			for _, url := range urls {
				out = append(out, right{verb: verb, url: url})
			}
			for _, group := range groups {
				for _, resource := range resources {
					for _, name := range names {
						if len(out) <= maxRights {
							out = append(out, right{verb: verb, group: group, resource: resource, name: name})
						}
					}
				}
			}
		}
	}
	return out
}

func stringsAt(v any, key string) []string {
	list, _ := valueAt(v, key).([]any)
	var out []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func moreSubjects(c *Change) []finding {
	known := map[string]bool{}
	list, _ := valueAt(c.before, "subjects").([]any)
	for _, s := range list {
		known[Canonical(s)] = true
	}
	role := textAt(c.after, "roleRef", "kind") + " " + textAt(c.after, "roleRef", "name")
	var out []finding
	list, _ = valueAt(c.after, "subjects").([]any)
	for i, s := range list {
		if !known[Canonical(s)] {
			out = append(out, finding{"subjects" + index(i), fmt.Sprintf("%s %s gets the rights of %s", textAt(s, "kind"), textAt(s, "name"), role)})
		}
	}
	return out
}
