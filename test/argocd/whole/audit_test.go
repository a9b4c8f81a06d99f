// SPDX-License-Identifier: Apache-2.0

package whole

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// event is what is read of a line of the audit log.
type event struct {
	Verb, UserAgent string
	ObjectRef       struct{ Resource, Namespace, Name string }
}

// deletions lists the requests to delete objects of some resources in a namespace, whatever was answered.
func deletions(t *testing.T, namespace string, resources ...string) []string {
	t.Helper()
	time.Sleep(time.Second) // the log is written a little later than a request is answered
	file, err := os.Open(cluster.Audit)
	require.NoError(t, err)
	defer file.Close()
	var out []string
	written := 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // the last line may not be whole yet
		}
		if e.ObjectRef.Namespace != namespace || !slices.Contains(resources, e.ObjectRef.Resource) {
			continue
		}
		switch {
		case e.Verb == "create", e.Verb == "patch":
			written++
		case strings.HasPrefix(e.Verb, "delete"):
			out = append(out, fmt.Sprintf("%s/%s by %s", e.ObjectRef.Resource, e.ObjectRef.Name, e.UserAgent))
		}
	}
	require.NoError(t, lines.Err())
	require.Positive(t, written, "the log does not even tell that they were written")
	return out
}
