// SPDX-License-Identifier: Apache-2.0

package status

import (
	"reflect"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// OfTrigger is the JSON merge patch of the status of an emitted trigger, whose status is old now: Ready, the conditions of
// the steps, and the state. Conditions of other types stay; those of steps that are gone go. It is nil when nothing but
// times would change, or nothing was evaluated.
func OfTrigger(r Run, old map[string]any) map[string]any {
	if r.Plan == nil {
		return nil
	}
	secrets := r.secrets()
	patch := map[string]any{}
	if conditions, differ := r.triggerConditions(old["conditions"], secrets); differ {
		patch["conditions"] = conditions
	}
	former, _ := old["state"].(map[string]any)
	if state := mergePatch(former, r.state(former, secrets)); state != nil {
		patch["state"] = state
	}
	if len(patch) == 0 {
		return nil
	}
	return patch
}

// triggerConditions puts our conditions into those that are there, by type, and tells whether that makes a difference.
func (r *Run) triggerConditions(old any, secrets *Redactor) ([]any, bool) {
	list, _ := old.([]any)
	now := map[string]*metav1.Condition{}
	var order []string
	for _, c := range r.conditions(secrets) {
		if c.Type != Reconciling && c.Type != Stalled {
			now[c.Type] = &c
			order = append(order, c.Type)
		}
	}
	gone := map[string]bool{}
	for _, c := range stepConditions(r.before().Conditions) {
		gone[c.Type] = now[c.Type] == nil
	}
	out, differ := make([]any, 0, len(list)+len(order)), false
	for _, item := range list {
		there, _ := item.(map[string]any)
		kind, _ := there["type"].(string)
		c := now[kind]
		switch {
		case gone[kind]:
			differ = true
		case c == nil:
			out = append(out, item)
		default:
			next, changed := overCondition(there, c, r.Now)
			out, differ = append(out, next), differ || changed
			delete(now, kind)
		}
	}
	for _, kind := range order {
		if c := now[kind]; c != nil {
			next, _ := overCondition(nil, c, r.Now)
			out, differ = append(out, next), true
		}
	}
	return out, differ
}

// overCondition is a condition of a trigger as it is to be, and whether that says something else than before.
func overCondition(before map[string]any, c *metav1.Condition, now time.Time) (map[string]any, bool) {
	next := map[string]any{
		"type": c.Type, "status": string(c.Status), "reason": c.Reason, "message": c.Message,
		"lastTransitionTime": now.UTC().Format(time.RFC3339),
	}
	if before["status"] != next["status"] {
		return next, true
	}
	if before["reason"] == next["reason"] && before["message"] == next["message"] {
		return before, false
	}
	if then, found := before["lastTransitionTime"]; found {
		next["lastTransitionTime"] = then
	}
	return next, true
}

// same compares JSON trees; numbers by value.
func same(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key := range x {
			if other, found := y[key]; !found || !same(x[key], other) {
				return false
			}
		}
		return true
	}
	if text := number(a); text != "" {
		return text == number(b)
	}
	return reflect.DeepEqual(a, b)
}
