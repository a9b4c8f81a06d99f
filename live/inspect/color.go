// SPDX-License-Identifier: Apache-2.0

package inspect

import "strings"

// The colours of terminals that are used.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

// paint colours a text, up to the end of its line.
func paint(text, color string, wanted bool) string {
	if !wanted || color == "" || text == "" {
		return text
	}
	line, ended := strings.CutSuffix(text, "\n")
	text = "\x1b[" + color + "m" + line + "\x1b[0m"
	if ended {
		text += "\n"
	}
	return text
}

func colorOfReady(status string) string {
	switch status {
	case "True":
		return ""
	case "False":
		return red
	default:
		return yellow
	}
}

func colorOfOutcome(outcome string) string {
	switch outcome {
	case "Ok":
		return green
	case "PermFail":
		return red
	case "Retry", "Deferred":
		return yellow
	default:
		return faint
	}
}
