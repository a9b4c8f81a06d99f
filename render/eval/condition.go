// SPDX-License-Identifier: Apache-2.0

package eval

// readyType is the condition type of a whole Workflow run.
const readyType = "Ready"

// conditionOf is the status condition of an outcome (LANGUAGE 3.3). subject is the step condition's name, or
// "Workflow <name>"; workflow is the location of a condition that is Ready.
func conditionOf(o *Outcome, kind, subject, workflow string) Condition {
	c := Condition{Type: kind, Location: o.Location}
	switch o.Type {
	case Ok:
		c.Status, c.Reason, c.Message, c.Location = "True", "Ready", subject+" ready.", workflow
	case Skip:
		c.Status, c.Reason = "False", "Skip"
		c.Message = withMessage(o.Message, "Skipping "+subject+": "+o.Message, subject+" management is disabled.")
	case DepSkip:
		c.Status, c.Reason = "Unknown", "DepSkip"
		c.Message = withMessage(o.Message, subject+" awaiting dependencies to be ready ("+o.Message+")",
			subject+" awaiting dependencies to be ready.")
	case Deferred:
		c.Status, c.Reason = "Unknown", "Deferred"
		c.Message = parenthesised("Awaiting "+subject+" to be ready", o.Message)
	case Retry:
		c.Status, c.Reason = "Unknown", "Wait"
		c.Message = parenthesised("Awaiting "+subject+" to be ready", o.Message)
	default:
		c.Status, c.Reason = "False", "Failure"
		c.Message = "Unrecoverable error reconciling " + subject + ". (" + orNone(o.Message) + ")."
	}
	return c
}

func withMessage(message, with, without string) string {
	if message == "" {
		return without
	}
	return with
}

func parenthesised(text, message string) string {
	if message == "" {
		return text + "."
	}
	return text + " (" + message + ")."
}

// putCondition replaces the condition of the same type in place, or appends (LANGUAGE 3.4).
func putCondition(list []Condition, c Condition) []Condition {
	for i := range list {
		if list[i].Type == c.Type {
			list[i] = c
			return list
		}
	}
	return append(list, c)
}
