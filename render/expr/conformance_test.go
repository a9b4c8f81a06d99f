// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each row of the tables of facts is evaluated as `korender eval --batch` does it.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"testdata/expressions.jsonl", "testdata/partial.jsonl"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(table)
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, Batch(t.Context(), bytes.NewReader(text), &out))
			got := decodeLines(t, out.String())
			rows := 0
			for _, want := range decodeLines(t, string(text)) {
				if want["expr"] == nil {
					continue
				}
				require.Less(t, rows, len(got))
				row := got[rows]
				rows++
				delete(row, "message")
				assert.Equal(t, want, row, want["expr"])
			}
			assert.Len(t, got, rows)
			assert.Greater(t, rows, 90)
		})
	}
}

// decodeLines reads JSON lines with all numbers as float64, so that 2 and 2.0 are equal.
func decodeLines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, maxBatchLine)
	for lines.Scan() {
		var m map[string]any
		require.NoError(t, json.Unmarshal(lines.Bytes(), &m))
		out = append(out, m)
	}
	return out
}
