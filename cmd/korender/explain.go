// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render/diag"
)

func explainCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "explain a diagnostic code, or list all of them",
		UsageText: "korender explain [CODE]",
		Description: `Every problem that korender reports has a stable code. Without CODE, all codes
are listed with their titles.

EXAMPLES:
   korender explain KR0505
   korender explain -o json
   korender explain`,
		Flags: []cli.Flag{outputFlag("text", "text", "json")},
		Action: func(c *cli.Context) error {
			format, err := outputOf(c, "text", "json")
			if err != nil {
				return err
			}
			switch c.NArg() {
			case 0:
				return explainAll(s, format)
			case 1:
				return explainOne(s, format, c.Args().First())
			default:
				return usagef(helpHint(c.Command), "explain takes one CODE")
			}
		},
	}
}

// explanation is an entry of the catalogue as JSON.
type explanation struct {
	Code    diag.Code `json:"code"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Example string    `json:"example"`
}

func explainAll(s streams, format string) error {
	all := []explanation{}
	var text bytes.Buffer
	for _, code := range diag.Codes() {
		entry, _ := diag.Lookup(code)
		all = append(all, explanation(entry))
		fmt.Fprintf(&text, "%s  %s\n", code, entry.Title)
	}
	if format == "json" {
		return printJSON(s.out, all)
	}
	_, err := s.out.Write(text.Bytes())
	return err
}

func explainOne(s streams, format, name string) error {
	code := diag.Code(strings.ToUpper(name))
	entry, ok := diag.Lookup(code)
	if !ok {
		return unknownCode(name)
	}
	if format == "json" {
		return printJSON(s.out, explanation(entry))
	}
	text := fmt.Sprintf("%s: %s\n\n%s\n", entry.Code, entry.Title, wrapped(entry.Text, 88))
	if entry.Example != "" {
		text += "\n    " + strings.ReplaceAll(strings.TrimRight(entry.Example, "\n"), "\n", "\n    ") + "\n"
	}
	_, err := s.out.Write([]byte(text))
	return err
}

func unknownCode(name string) error {
	var known []string
	for _, c := range diag.Codes() {
		known = append(known, string(c))
	}
	hint := "korender explain lists all codes"
	if near := diag.DidYouMean(strings.ToUpper(name), known); near != "" {
		hint = near
	}
	return usagef(hint, "unknown code %q", name)
}

// wrapped breaks a text into lines of at most width characters.
func wrapped(text string, width int) string {
	var out strings.Builder
	length := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case length+1+len(word) > width:
			out.WriteByte('\n')
			length = 0
		default:
			out.WriteByte(' ')
			length++
		}
		out.WriteString(word)
		length += len(word)
	}
	return out.String()
}
