// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
)

// Instance is a line about one instance.
type Instance struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Workflow  string     `json:"workflow"`
	Ready     string     `json:"ready"` // True, False or Unknown
	Reason    string     `json:"reason,omitempty"`
	Message   string     `json:"message,omitempty"`
	Steps     string     `json:"steps,omitempty"` // Ok/all
	Suspended bool       `json:"suspended,omitempty"`
	Created   *time.Time `json:"created,omitempty"`
}

// List finds the instances of a namespace, or of all when it is empty, by namespace and name. With a name it finds that
// one only; that it does not exist is an error.
func List(ctx context.Context, c client.Reader, namespace, name string) ([]Instance, error) {
	if name != "" {
		w, err := find(ctx, c, namespace, name)
		if err != nil {
			return nil, err
		}
		return []Instance{lineOf(w)}, nil
	}
	var all v1alpha1.WorkflowInstanceList
	if err := c.List(ctx, &all, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("list WorkflowInstances: %w", err)
	}
	out := make([]Instance, len(all.Items)) // servers sort lists
	for i := range all.Items {
		out[i] = lineOf(&all.Items[i])
	}
	return out, nil
}

func find(ctx context.Context, c client.Reader, namespace, name string) (*v1alpha1.WorkflowInstance, error) {
	w := &v1alpha1.WorkflowInstance{}
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, w); err != nil {
		return nil, fmt.Errorf("get WorkflowInstance %s/%s: %w", namespace, name, err)
	}
	return w, nil
}

func lineOf(w *v1alpha1.WorkflowInstance) Instance {
	ready := readyOf(w)
	line := Instance{
		Namespace: w.Namespace, Name: w.Name, Workflow: w.Spec.Workflow, Steps: w.Status.Steps, Suspended: w.Spec.Suspend,
		Ready: ready.Status, Reason: ready.Reason, Message: ready.Message,
	}
	if !w.CreationTimestamp.IsZero() {
		created := w.CreationTimestamp.UTC()
		line.Created = &created
	}
	return line
}

// Ready is what the instance says of itself.
type Ready struct {
	Status  string `json:"status"` // True, False or Unknown
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

func readyOf(w *v1alpha1.WorkflowInstance) Ready {
	c := meta.FindStatusCondition(w.Status.Conditions, "Ready")
	if c == nil {
		return Ready{Status: "Unknown", Message: "not run yet"}
	}
	r := Ready{string(c.Status), c.Reason, c.Message}
	if c.ObservedGeneration != w.Generation {
		r.Message = "(of an earlier version of the instance) " + r.Message
	}
	return r
}

// ListOptions say how a list is written.
type ListOptions struct {
	Namespaces bool // a column for them
	Wide       bool // a column for messages
	Color      bool
	Now        time.Time
}

// WriteList writes instances as a table.
func WriteList(w io.Writer, list []Instance, o ListOptions) error {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, strings.Join(o.columns("NAMESPACE", "NAME", "WORKFLOW", "READY", "REASON", "STEPS", "AGE", "MESSAGE"), "\t"))
	for i := range list {
		l := &list[i]
		reason := l.Reason
		if l.Suspended {
			reason = strings.TrimPrefix(reason+",Suspended", ",")
		}
		age := "-"
		if l.Created != nil {
			age = duration.HumanDuration(o.Now.Sub(*l.Created))
		}
		fmt.Fprintln(table, strings.Join(o.columns(l.Namespace, l.Name, l.Workflow, l.Ready, orDash(reason), orDash(l.Steps), age, l.Message), "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	lines := strings.SplitAfter(text.String(), "\n")
	for i := range list {
		lines[i+1] = paint(lines[i+1], colorOfReady(list[i].Ready), o.Color)
	}
	_, err := io.WriteString(w, strings.Join(lines, ""))
	return err
}

func (o *ListOptions) columns(namespace, name, workflow, ready, reason, steps, age, message string) []string {
	out := []string{name, workflow, ready, reason, steps, age}
	if o.Namespaces {
		out = append([]string{namespace}, out...)
	}
	if o.Wide {
		out = append(out, message)
	}
	return out
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
