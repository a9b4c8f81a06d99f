// SPDX-License-Identifier: Apache-2.0

package status_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
)

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func tree(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

func TestOfTrigger(t *testing.T) {
	t.Parallel()
	const (
		isReady = `{"lastTransitionTime":"2026-05-01T13:00:00Z","message":"Workflow site ready.","reason":"Ready","status":"True","type":"Ready"}`
		wasOk   = `{"lastTransitionTime":"2026-05-01T12:00:00Z","message":"Workflow site ready.","reason":"Ready","status":"True","type":"Ready"}`
		foreign = `{"type":"Synced","status":"True","anything":1}`
	)
	for name, c := range map[string]struct {
		old   string
		state map[string]any
		want  string
	}{
		"for the first time": {`{}`, map[string]any{"a": int64(1)}, `{"conditions":[` + isReady + `],"state":{"a":1}}`},
		"no state":           {`{}`, nil, `{"conditions":[` + isReady + `]}`},
		"others' conditions stay in their place": {
			`{"conditions":[{"type":"Ready","status":"Unknown"},` + foreign + `]}`, nil, `{"conditions":[` + isReady + `,{"anything":1,"status":"True","type":"Synced"}]}`,
		},
		"the condition of a step that is gone goes": {
			`{"conditions":[` + wasOk + `,{"type":"GoneReady","status":"True"}]}`, nil, `{"conditions":[` + wasOk + `]}`,
		},
		"the time stays while the status does": {
			`{"conditions":[{"type":"Ready","status":"True","reason":"Ready","message":"other","lastTransitionTime":"2026-05-01T12:00:00Z"}]}`, nil,
			`{"conditions":[` + wasOk + `]}`,
		},
		"nothing changes": {`{"conditions":[` + wasOk + `],"state":{"a":1,"b":{"c":[1,"x"]}}}`, map[string]any{"a": 1.0, "b": map[string]any{"c": []any{int64(1), "x"}}}, `null`},
		"keys vanish, at any depth": {
			`{"conditions":[` + wasOk + `],"state":{"gone":1,"b":{"c":1,"d":2},"l":[1,2],"m":{"x":1}}}`,
			map[string]any{"b": map[string]any{"d": int64(3)}, "l": []any{int64(1)}, "m": "text"},
			`{"state":{"b":{"c":null,"d":3},"gone":null,"l":[1],"m":"text"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := v1alpha1.WorkflowInstanceStatus{Conditions: []metav1.Condition{{Type: "GoneReady"}, {Type: "Stalled"}}}
			p := ready()
			p.State = c.state
			got := status.OfTrigger(status.Run{Instance: instance(v1alpha1.WorkflowInstanceStatus{}), Before: &before, Plan: p, Now: now}, tree(t, c.old))
			assert.Equal(t, c.want, jsonOf(t, got))
		})
	}
}

func TestOfTriggerSettles(t *testing.T) {
	t.Parallel()
	p := waiting()
	p.Conditions = append(p.Conditions, render.Condition{Type: "Db", Status: "Unknown", Reason: "Wait", Message: "x"})
	p.State = map[string]any{"a": map[string]any{"b": int64(1)}}
	run := status.Run{Instance: instance(v1alpha1.WorkflowInstanceStatus{}), Plan: p, Now: now}
	written := tree(t, jsonOf(t, status.OfTrigger(run, nil)))
	run.Now = now.Add(time.Hour)
	assert.Nil(t, status.OfTrigger(run, written))
	assert.Nil(t, status.OfTrigger(status.Run{Instance: run.Instance, Now: now}, nil), "without a plan there is nothing to say")
}
