// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"strings"

	"github.com/korender/korender/plugin/preview/words"
)

// Text in a drawing, in pixels. Widths are those of a wide font, as nobody knows which one a reader has.
const (
	fontSize  = 12
	lineHigh  = 16
	widest    = 250 // of a line, before it is broken
	mostLines = 3   // of a text that is broken
)

// narrow, wide and wider are characters that are not of the usual width; widths are in thousandths of the size.
const (
	narrow = " !'()*,-./:;I[\\]`fijlrt|{}\""
	wide   = "mMwW%@—…"
	wider  = 1000 // of scripts that fill a square

	narrowWidth = 390
	usualWidth  = 640
	wideWidth   = 980
	bold        = 110 // in hundredths: how much wider bold text is
)

// widthOf is how wide a line is at most.
func widthOf(s string, isBold bool) int {
	n := 0
	for _, r := range s {
		switch {
		case r >= 0x1100:
			n += wider
		case strings.ContainsRune(narrow, r):
			n += narrowWidth
		case strings.ContainsRune(wide, r):
			n += wideWidth
		case r >= 'A' && r <= 'Z':
			n += usualWidth + 80
		default:
			n += usualWidth
		}
	}
	n = (n*fontSize + 999) / 1000
	if isBold {
		n = n * bold / 100
	}
	return n
}

// broken breaks a text into lines that are not too wide, after a character where a reader would; what does not fit into the
// last is left out there.
func broken(s string, isBold bool) []string {
	runes := []rune(words.Clean(s))
	var out []string
	for len(runes) > 0 && len(out) < mostLines {
		n := fitting(runes, isBold)
		if n < len(runes) && len(out) == mostLines-1 {
			n = max(n-1, 1)
			return append(out, strings.TrimSpace(string(runes[:n]))+"…")
		}
		out = append(out, strings.TrimSpace(string(runes[:n])))
		runes = runes[n:]
	}
	return out
}

// fitting is how many characters of a text go into a line: up to a space, if one is near, or to another character after
// which names are broken.
func fitting(runes []rune, isBold bool) int {
	width, space, cut := 0, 0, 0
	for i, r := range runes {
		if width += widthOf(string(r), isBold); width > widest && i > 0 {
			switch {
			case space > i/3:
				return space
			case cut > i/3:
				return cut
			default:
				return i
			}
		}
		if r == ' ' {
			space = i + 1
		}
		if strings.ContainsRune("/.,:-_", r) {
			cut = i + 1
		}
	}
	return len(runes)
}
