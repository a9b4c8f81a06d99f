// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// widget is widgetA in a version, with a status and a size.
func widget(version, status string, size int64) *unstructured.Unstructured {
	o := object(widgetA, version)
	o["status"], o["spec"] = map[string]any{"phase": status}, map[string]any{"size": size}
	return &unstructured.Unstructured{Object: o}
}

func TestReportsAreNoNews(t *testing.T) {
	t.Parallel()
	nobody, others, both := []types.NamespacedName(nil), []types.NamespacedName{named("two")}, []types.NamespacedName{named("one"), named("two")}
	only := []types.NamespacedName{named("one")}
	for name, test := range map[string]struct {
		during   []*unstructured.Unstructured // what the informer hears of while the report is under way
		told     []types.NamespacedName
		returned *unstructured.Unstructured
		release  []types.NamespacedName // told when the report ends
		later    time.Duration
		after    []*unstructured.Unstructured
		told2    []types.NamespacedName
	}{
		"heard of later":                  {returned: widget("2", "Ok", 1), after: []*unstructured.Unstructured{widget("2", "Ok", 1)}, told2: others},
		"heard of before":                 {during: []*unstructured.Unstructured{widget("2", "Ok", 1)}, told: others, returned: widget("2", "Ok", 1), told2: nobody},
		"another status before":           {during: []*unstructured.Unstructured{widget("2", "Odd", 1)}, told: others, returned: widget("3", "Ok", 1), release: only, after: []*unstructured.Unstructured{widget("3", "Ok", 1)}, told2: others},
		"another status and the own":      {during: []*unstructured.Unstructured{widget("2", "Odd", 1), widget("3", "Ok", 1)}, told: others, returned: widget("3", "Ok", 1), release: only},
		"another spec before":             {during: []*unstructured.Unstructured{widget("2", "New", 2)}, told: both, returned: widget("3", "Ok", 2), after: []*unstructured.Unstructured{widget("3", "Ok", 2)}, told2: others},
		"another spec in one":             {returned: widget("3", "Ok", 2), after: []*unstructured.Unstructured{widget("3", "Ok", 2)}, told2: both},
		"another status later":            {returned: widget("2", "Ok", 1), after: []*unstructured.Unstructured{widget("2", "Ok", 1), widget("3", "Odd", 1)}, told2: both},
		"it failed":                       {returned: nil, after: []*unstructured.Unstructured{widget("2", "Odd", 1)}, told2: both},
		"it failed, and another status":   {during: []*unstructured.Unstructured{widget("2", "Odd", 1)}, told: others, returned: nil, release: only},
		"heard of when nobody expects it": {returned: widget("2", "Ok", 1), later: 2 * time.Minute, after: []*unstructured.Unstructured{widget("2", "Ok", 1)}, told2: both},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				client := w.client.Resource(widgets).Namespace("prod")
				hear := func(all []*unstructured.Unstructured) []types.NamespacedName {
					for _, o := range all {
						_, err := client.Update(context.Background(), o.DeepCopy(), metav1.UpdateOptions{})
						require.NoError(t, err)
						synctest.Wait()
					}
					return unique(drain(w.Changes()))
				}
				w.put(widgets, widgetA, "0")
				w.see("one", widgetA)
				w.see("two", widgetA)
				hear([]*unstructured.Unstructured{widget("1", "New", 1)})

				done := w.Reporting(named("one"), widgetA)
				assert.ElementsMatch(t, test.told, hear(test.during), "while it is under way")
				done(test.returned)
				assert.ElementsMatch(t, test.release, drain(w.Changes()), "when it ends")
				time.Sleep(test.later)
				assert.ElementsMatch(t, test.told2, hear(test.after), "then")
				w.Forget(named("one"))
				assert.Len(t, w.watched, 1)
			})
		})
	}
}

func TestReportsThatAreHeardOfTogether(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		steps []string // "+" begins a report, "+3" ends it with a version, "3" is heard of
		told  []bool   // whether the instance is told, by what is heard of and by what is ended
	}{
		"one after the other":      {[]string{"+", "+2", "2", "+", "+3", "3"}, []bool{false, false, false, false}},
		"both later":               {[]string{"+", "+2", "+", "+3", "2", "3"}, []bool{false, false, false, false}},
		"the first in the second":  {[]string{"+", "+2", "+", "2", "+3", "3"}, []bool{false, false, false, false}},
		"both in the second":       {[]string{"+", "+2", "+", "2", "3", "+3"}, []bool{false, false, false, false}},
		"another one between them": {[]string{"+", "+2", "+", "2", "3", "4", "+4"}, []bool{false, false, false, false, true}},
		"only the last is heard":   {[]string{"+", "+2", "+", "+3", "3", "4"}, []bool{false, false, false, true}},
		"it changed nothing":       {[]string{"+", "+1", "2"}, []bool{false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.put(widgets, widgetA, "1")
				w.see("one", widgetA)
				var told []bool
				var done func(*unstructured.Unstructured)
				for _, step := range test.steps {
					version, ends := strings.CutPrefix(step, "+")
					switch {
					case version == "":
						done = w.Reporting(named("one"), widgetA)
						continue
					case ends:
						done(&unstructured.Unstructured{Object: object(widgetA, version)})
					default:
						w.put(widgets, widgetA, version)
					}
					told = append(told, len(drain(w.Changes())) > 0)
				}
				assert.Equal(t, test.told, told)
			})
		})
	}
}

func TestAReportOfWhatIsNotWatched(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		done := w.Reporting(named("one"), widgetA)
		done(widget("2", "Ok", 1))
		assert.Empty(t, drain(w.Changes()))
		assert.Len(t, w.writes.pending, 1, "but it was written")
	})
}
