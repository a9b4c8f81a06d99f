// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAgrees makes sure that the judge of all other tests sees a difference where there is one.
func TestAgrees(t *testing.T) {
	t.Parallel()
	const unknown = `{"$unknown": [{"path": "x"}]}`
	for _, c := range []struct {
		name, partial, full string
		want                bool
	}{
		{"equal", `{"v": 1}`, `{"v": 1}`, true},
		{"equal in worth", `{"v": 1}`, `{"v": 1.0}`, true},
		{"other value", `{"v": 1}`, `{"v": 2}`, false},
		{"other type", `{"v": "1"}`, `{"v": 1}`, false},
		{"nothing known", unknown, `{"v": 1}`, true},
		{"nothing known, nothing there", unknown, `{"none": true}`, true},
		{"known to be there, and is not", `{"v": 1}`, `{"none": true}`, false},
		{"known to be absent, and is there", `{"none": true}`, `{"v": 1}`, false},
		{"known to be absent", `{"none": true}`, `{"none": true}`, true},
		{"a leaf is unknown", `{"v": {"a": ` + unknown + `, "b": 1}}`, `{"v": {"a": 7, "b": 1}}`, true},
		{"beside a leaf that is unknown", `{"v": {"a": ` + unknown + `, "b": 1}}`, `{"v": {"a": 7, "b": 2}}`, false},
		{"an unknown leaf may fail the whole", `{"v": {"a": ` + unknown + `}}`, `{"none": true}`, true},
		{"an item too many", `{"v": [1]}`, `{"v": [1, 2]}`, false},
		{"a key too many", `{"v": {"a": 1}}`, `{"v": {"a": 1, "b": 2}}`, false},
		{"an unknown item", `{"v": [1, ` + unknown + `]}`, `{"v": [1, 2]}`, true},
		{"null is a value", `{"v": null}`, `{"v": null}`, true},
		{"null is not nothing", `{"v": null}`, `{"none": true}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var partial, full any
			require.NoError(t, decode([]byte(c.partial), &partial))
			require.NoError(t, decode([]byte(c.full), &full))
			assert.Equal(t, c.want, agrees(partial, full))
		})
	}
}
