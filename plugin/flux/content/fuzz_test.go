// SPDX-License-Identifier: Apache-2.0

package content

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzBuild: whatever is in a source, a build gives a whole artifact, the same twice, or says what must change.
func FuzzBuild(f *testing.F) {
	settings := "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\n"
	f.Add(trigger, definitions, settings)
	f.Add("apiVersion: v1\nkind: List\nitems: []\n", definitions, settings+"allowEmpty: true\n")
	f.Add(trigger, definitions, settings+"onDeferred: instance\nlibraries: [../lib]\nroot: ..\n")
	f.Add("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {config.kubernetes.io/local-config: \"true\"}}\n", "", "")
	f.Fuzz(func(t *testing.T, input, library, config string) {
		source := tree(map[string]string{"site/a.yaml": input, "site/korender.yaml": config, "lib/l.k.yaml": library})
		request := Request{
			Folder:    Folder{FS: source, Path: "site", Source: apps},
			Libraries: []Folder{{FS: source, Path: "lib", Source: apps}},
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		first, err := Build(ctx, request)
		var stalled *StalledError
		if err != nil {
			require.True(t, errors.As(err, &stalled) || ctx.Err() != nil, "%v", err)
			require.NotEmpty(t, err.Error())
			return
		}
		second, err := Build(ctx, request)
		require.NoError(t, err)
		assert.Equal(t, first, second)
		assert.Equal(t, first.Objects > 0, len(first.Files) == 2, "objects, and the file that holds them")
		for _, file := range first.Files {
			assert.NotEmpty(t, file.Data)
		}
		_, err = first.Archive()
		require.NoError(t, err)
	})
}
