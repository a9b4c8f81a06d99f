// SPDX-License-Identifier: Apache-2.0

package content

import (
	"fmt"
	"strings"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// StalledError says why an object cannot be rendered until somebody changes it, or one of its sources. Reason is a word
// as conditions have it.
type StalledError struct{ Reason, Message string }

// Error is the message.
func (e *StalledError) Error() string { return e.Message }

// Conditions and events are read in one paragraph, and events hold a kilobyte.
const (
	mostProblems = 5
	mostText     = 300 // bytes of a message, and of a hint
)

// failed says why a render failed: where, what and what to do, for the first problems.
func (r *Request) failed(f *render.Failure) error {
	var errs diag.List
	for _, p := range f.Problems {
		if p.Severity == diag.Error {
			errs = append(errs, p)
		}
	}
	return &StalledError{
		Reason:  v1alpha1.RenderFailedReason,
		Message: fmt.Sprintf("%s cannot be rendered: %s", r.Folder, r.told(errs)),
	}
}

// told are the first few problems, in one paragraph.
func (r *Request) told(problems diag.List) string {
	var out strings.Builder
	for i, p := range problems {
		if i == mostProblems {
			fmt.Fprintf(&out, "; and %d more: `korender render --target flux %s` in a checkout lists them", len(problems)-i, r.Folder.clean())
			break
		}
		if i > 0 {
			out.WriteString("; ")
		}
		p.Message = line(p.Message)
		out.WriteString(p.Error())
		if p.Hint != "" {
			out.WriteString(" (" + line(p.Hint) + ")")
		}
	}
	return out.String()
}

// line is a text on one line, cut where it is too long.
func line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "…"
	}
	return text
}
