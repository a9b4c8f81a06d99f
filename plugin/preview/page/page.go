// SPDX-License-Identifier: Apache-2.0

// Package page has what korender's pages share: their style, the script by which drawings are moved, searched and picked
// from, and the policy under which a browser shows them. A page is one file that asks no network for anything, and runs no
// script but its own.
package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

// Style is the style sheet of pages, for light and dark, screens of all widths, and paper.
//
//go:embed page.css
var Style string

// Script moves and searches drawings. Every .view that holds an svg can be dragged and zoomed by the buttons of the .tools
// before it. When a node is picked, its svg tells so by an event "pick", whose detail is its name.
//
//go:embed view.js
var Script string

// Policy is the Content-Security-Policy of a page that has this style and this script, each as one element, and nothing
// else.
func Policy(style, script string) string {
	return "default-src 'none'; style-src " + hashOf(style) + "; script-src " + hashOf(script) + "; base-uri 'none'; form-action 'none'"
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
