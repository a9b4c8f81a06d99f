// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"fmt"
	"strconv"
	"strings"
)

// subject is an object as git declares it and as the server stored it, and what is asked about it.
type subject struct {
	declared, stored map[string]any
	probes           []probe
}

func (s *subject) String() string { return nameIn(s.declared) }

// nameIn is an object's kind, namespace and name.
func nameIn(object map[string]any) string {
	namespace, _ := metadata(object)["namespace"].(string)
	if namespace != "" {
		namespace += "/"
	}
	return fmt.Sprintf("%v/%s%v", object["kind"], namespace, metadata(object)["name"])
}

func metadata(object map[string]any) map[string]any {
	m, _ := object["metadata"].(map[string]any)
	return m
}

type fields = map[string]any

const (
	language = "koreo.dev/v1beta1"
	asking   = "ask.test"
)

// way is how the functions of a program come to their objects.
type way int

const (
	reads    way = iota // from the input
	builds              // make them themselves
	observes            // from what the server stored, so that anything may be missing
)

func (w way) String() string { return [...]string{"read", "built", "observed"}[w] }

// program is a Workflow with a step for each subject that asks all probes and keeps the answers in its state.
func program(subjects []*subject, w way) []any {
	var steps []any
	out := []any{fields{
		"apiVersion": asking + "/v1", "kind": "Ask",
		"metadata": fields{"name": "all", "namespace": "asking"}, "spec": fields{},
	}}
	for i, s := range subjects {
		name := stepName(i)
		steps = append(steps, fields{
			"label": name, "ref": fields{"kind": "ResourceFunction", "name": name}, "state": fields{name: "=value.answers"},
		})
		out = append(out, function(name, s, w))
	}
	return append(out, fields{
		"apiVersion": language, "kind": "Workflow",
		"metadata": fields{"name": "ask", "annotations": fields{"korender.dev/trigger": "consume"}},
		"spec":     fields{"crdRef": fields{"apiGroup": asking, "version": "v1", "kind": "Ask"}, "steps": steps},
	})
}

func stepName(i int) string { return "subject_" + strconv.Itoa(i) }

func function(name string, s *subject, w way) fields {
	config := fields{
		"apiVersion": s.declared["apiVersion"], "kind": s.declared["kind"], "name": metadata(s.declared)["name"],
		"readonly": w != builds, "namespaced": false,
	}
	if namespace, ok := metadata(s.declared)["namespace"]; ok {
		config["namespace"], config["namespaced"] = namespace, true
	}
	resource := any(fields{})
	if w == builds {
		resource = data(s.declared)
	}
	answers := make([]any, len(s.probes))
	for i, p := range s.probes {
		if answers[i] = p.guarded(); p.sure && w != observes {
			answers[i] = p.bare()
		}
	}
	return fields{
		"apiVersion": language, "kind": "ResourceFunction", "metadata": fields{"name": name},
		"spec": fields{"apiConfig": config, "resource": resource, "return": fields{"answers": answers}},
	}
}

// data writes a value so that nothing in it is an expression.
func data(v any) any {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "=") {
			return "=" + text(v)
		}
	case map[string]any:
		out := make(fields, len(v))
		for key, value := range v {
			out[key] = data(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = data(value)
		}
		return out
	}
	return v
}
