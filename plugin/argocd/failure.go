// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// Argo CD stores what a plugin prints on stderr in the status of the Application, and shows it in one paragraph.
const (
	mostProblems = 8
	mostText     = 600 // bytes of a message, and of a hint
)

// ProblemsOf are the problems that an error holds, and whether it is one that a user can mend.
func ProblemsOf(err error) (diag.List, bool) {
	var failure *render.Failure
	var list diag.List
	switch {
	case errors.As(err, &failure):
		return failure.Problems, true
	case errors.As(err, &list):
		return list, true
	}
	return nil, false
}

// TooLate is the problem of a call that did not end within its time.
func TooLate(after time.Duration) diag.Diagnostic {
	return diag.Diagnostic{
		Code:    diag.TookTooLong,
		Message: fmt.Sprintf("stopped after %s, before Argo CD gives up and says only that a deadline was exceeded", after),
		Hint: "a forEach over a long list is the usual cause. To allow more: raise controller.repo.server.timeout.seconds and " +
			"server.repo.server.timeout.seconds in argocd-cmd-params-cm (60 by default), and KORENDER_TIMEOUT in the env of the sidecar to some seconds less",
	}
}

// Explain says why a call failed: the application, then the errors, each on a line with its hint below. Warnings, further
// errors than the first few and the lines of the files are left out.
func Explain(app App, problems diag.List) string {
	var errs diag.List
	for _, p := range problems {
		if p.Severity == diag.Error {
			errs = append(errs, p)
		}
	}
	out := &strings.Builder{}
	fmt.Fprintf(out, "korender cannot render %s:\n", app.String())
	for i, p := range errs {
		if i == mostProblems {
			fmt.Fprintf(out, "… and %d more; `korender argocd generate` in that folder of a checkout lists them one after the other\n", len(errs)-i)
			break
		}
		write(out, p)
	}
	if code := firstCode(errs); code != "" {
		fmt.Fprintf(out, "`korender explain %s` says more of the first\n", code)
	}
	return out.String()
}

// Warn lists warnings, for the log of the plugin; it is empty when there are none.
func Warn(app App, warnings diag.List) string {
	if len(warnings) == 0 {
		return ""
	}
	out := &strings.Builder{}
	fmt.Fprintf(out, "korender has warnings about %s:\n", app.String())
	for i, p := range warnings {
		if i == mostProblems {
			fmt.Fprintf(out, "… and %d more\n", len(warnings)-i)
			break
		}
		write(out, p)
	}
	return out.String()
}

func firstCode(problems diag.List) diag.Code {
	for _, p := range problems {
		if p.Code != "" {
			return p.Code
		}
	}
	return ""
}

func write(out *strings.Builder, p diag.Diagnostic) {
	p.Message = line(p.Message)
	out.WriteString(p.Error() + "\n")
	if p.Hint != "" {
		out.WriteString("  hint: " + line(p.Hint) + "\n")
	}
}

// line is a text on one line, cut where it is too long, without control characters.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "…"
	}
	return text
}
