// SPDX-License-Identifier: Apache-2.0

package page

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPolicy allows the style and the script of a page by their hashes, and nothing else.
func TestPolicy(t *testing.T) {
	t.Parallel()
	const empty, abc = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='"
	assert.Equal(t, "default-src 'none'; style-src "+empty+"; script-src "+abc+"; base-uri 'none'; form-action 'none'", Policy("", "abc"))
}

// TestInline holds style and script to what may stand in a page as it is.
func TestInline(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"style": Style, "script": Script} {
		for _, bad := range []string{"</", "<!--", "http:", "https:", "url(", "@import", "innerHTML", "eval("} {
			assert.False(t, strings.Contains(text, bad), "%s has %s", name, bad)
		}
	}
}
