// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"strconv"
	"strings"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// Delays in seconds that the language fixes.
const (
	defaultRetryDelay = 60
	waitDelay         = 30 // not found, waiting for a field, template missing, deleting
)

// String names the type as reports print it.
func (t Type) String() string {
	switch t {
	case DepSkip:
		return "DepSkip"
	case Skip:
		return "Skip"
	case Ok:
		return "Ok"
	case Deferred:
		return "Deferred"
	case Retry:
		return "Retry"
	default:
		return "PermFail"
	}
}

// String is the text form of LANGUAGE 3.1. Texts of skips are visible to programs, as items of a forEach result.
func (o Outcome) String() string {
	switch o.Type {
	case DepSkip:
		return messageForm("Dependency Skip", "Dependency Violation Skip", o.Message)
	case Skip:
		return messageForm("Skip", "User Skip", o.Message)
	case Ok:
		return "Ok(data=" + valueText(o.Value) + ")"
	case Deferred:
		return messageForm("Deferred", "Deferred", o.Message)
	case Retry:
		return "Retry(delay=" + strconv.Itoa(o.Delay) + ", message=" + o.Message + ")"
	default:
		return "Permanent Failure (message=" + o.Message + ")"
	}
}

func messageForm(with, without, message string) string {
	if message == "" {
		return without
	}
	return with + " (message=" + message + ")"
}

// Failed tells whether the outcome is an error: Retry or PermFail.
func (o Outcome) Failed() bool { return o.Type == Retry || o.Type == PermFail }

// Combine folds outcomes into one (LANGUAGE 3.2): the highest type present wins. Skips keep the last message; Ok
// gathers the values; Deferred, Retry and PermFail join messages and locations, Deferred and Retry also what they wait
// for, and Retry takes the longest delay. Nothing to combine is a Skip without a message.
func Combine(outs []Outcome) Outcome {
	if len(outs) == 0 {
		return Outcome{Type: Skip}
	}
	top := DepSkip
	for i := range outs {
		top = max(top, outs[i].Type)
	}
	switch top {
	case DepSkip, Skip:
		return lastOf(outs, top)
	case Ok:
		return Outcome{Type: Ok, Value: okValues(outs)}
	default:
		return joinOf(outs, top)
	}
}

func lastOf(outs []Outcome, t Type) Outcome {
	for i := len(outs) - 1; i >= 0; i-- {
		if outs[i].Type == t {
			return outs[i]
		}
	}
	return Outcome{Type: t}
}

func okValues(outs []Outcome) []any {
	values := make([]any, 0, len(outs))
	for i := range outs {
		if outs[i].Type == Ok {
			values = append(values, outs[i].Value)
		}
	}
	return values
}

func joinOf(outs []Outcome, t Type) Outcome {
	var joined Outcome
	var messages, locations []string
	var waits [][]expr.Wait
	found := 0
	for i := range outs {
		o := &outs[i]
		if o.Type != t {
			continue
		}
		found++
		if found == 1 {
			joined = *o
		}
		joined.Delay = max(joined.Delay, o.Delay)
		messages = appendText(messages, o.Message)
		locations = appendText(locations, o.Location)
		waits = append(waits, o.Waits)
	}
	if found == 1 {
		return joined
	}
	joined.Message, joined.Location = strings.Join(messages, ", "), strings.Join(locations, ", ")
	joined.Waits = mergeWaits(waits...)
	joined.Value = nil
	return joined
}

func appendText(texts []string, text string) []string {
	if text == "" {
		return texts
	}
	return append(texts, text)
}

// mergeWaits joins sorted lists into one, sorted and without duplicates; nil when all are empty.
func mergeWaits(lists ...[]expr.Wait) []expr.Wait {
	var only []expr.Wait
	total := 0
	for _, l := range lists {
		if len(l) > 0 {
			only = l
		}
		total += len(l)
	}
	if total == len(only) {
		return only
	}
	all := make([]expr.Wait, 0, total)
	for _, l := range lists {
		all = append(all, l...)
	}
	return expr.NewUnknown(all...).Waits()
}

// hold is why something may not run yet, although evaluation goes on to see what it would do. The zero value holds
// nothing back.
type hold struct {
	gates  []string    // paths of deferred steps that must be Ok first
	waits  []expr.Wait // own unknowns
	reason string
	early  bool // another value than the one at the end may be returned
}

// returns notes that an item of a conditions list may end it, if it does so with a value of its own.
func (h *hold) returns(item *program.Condition) {
	h.early = h.early || item.Kind == program.CondReturn
}

// active tells whether anything is held back.
func (h *hold) active() bool { return h != nil && h.reason != "" }

// add notes one more thing that is not known; the first reason stays.
func (h *hold) add(waits []expr.Wait, reason string) {
	h.waits = mergeWaits(h.waits, waits)
	if h.reason == "" {
		h.reason = reason
	}
}

// over turns what a held-back evaluation came to into a Deferred outcome that keeps what is known of its value.
// Failures and skips are not certain behind a hold, so nothing but the value's provenance remains of them.
func (h *hold) over(out Outcome, fallback expr.Wait) Outcome {
	if !h.active() {
		return out
	}
	deferred := Outcome{Type: Deferred, Message: h.reason, Waits: h.waits, Location: out.Location}
	switch {
	case h.early:
		deferred.Waits = mergeWaits(h.waits, out.Waits)
		deferred.Value = unknownValue(deferred.Waits, fallback)
	case out.Type == Ok:
		deferred.Value = out.Value
	case out.Type == Deferred:
		deferred.Waits = mergeWaits(h.waits, out.Waits)
		deferred.Value = out.Value
	default:
		deferred.Value = unknownValue(h.waits, fallback)
	}
	return deferred
}

// unknownValue stands for a value of which nothing is known.
func unknownValue(waits []expr.Wait, fallback expr.Wait) any {
	if len(waits) == 0 {
		return expr.NewUnknown(fallback)
	}
	return expr.NewUnknown(waits...)
}
