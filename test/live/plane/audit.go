// SPDX-License-Identifier: Apache-2.0

package plane

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request that the API server has answered.
type Request struct {
	Verb      string // get, list, watch, create, update, patch, delete, deletecollection
	User      string // who acted: the impersonated user, where there is one
	Behind    string // who impersonated; empty where nobody did
	UserAgent string
	Object    Object
	Code      int32
	URI       string
	Body      json.RawMessage // of writes, except those of Secrets
	Received  time.Time
}

// Object names what a request was about; Name is empty for lists, and for creations of generated names.
type Object struct{ Group, Resource, Subresource, Namespace, Name string }

// String gives resource.group/namespace/name/subresource, without what is empty.
func (o Object) String() string {
	parts := []string{strings.Trim(o.Resource+"."+o.Group, "."), o.Namespace, o.Name, o.Subresource}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "/")
}

// Writes tells whether the request was accepted and may have changed something: a dry run does not.
func (r Request) Writes() bool {
	switch r.Verb {
	case "create", "update", "patch", "delete", "deletecollection":
		return r.Code < 300 && !strings.Contains(r.URI, "dryRun=All") && !bytes.Contains(r.Body, []byte(`"dryRun":["All"]`))
	}
	return false
}

// Deletes tells whether the request asked for a deletion, whatever was answered.
func (r Request) Deletes() bool { return r.Verb == "delete" || r.Verb == "deletecollection" }

// Audit is the audit log of a plane: every request since the start, save reads of the administrator. Reading never consumes
// anything.
type Audit struct {
	file  string
	plane *Plane

	mu   sync.Mutex
	read int64     // bytes of the file that are in seen
	seen []Request // in the order of their answers
}

// Mark is a place in the log.
type Mark int

// Now is the place behind everything that has been answered so far.
func (a *Audit) Now(ctx context.Context) (Mark, error) {
	seen, err := a.all(ctx)
	return Mark(len(seen)), err
}

// Since lists the requests since a mark, 0 for all of them, that were answered before the call, in the order of their
// answers. A nil filter keeps all.
func (a *Audit) Since(ctx context.Context, from Mark, keep func(Request) bool) ([]Request, error) {
	seen, err := a.all(ctx)
	if err != nil {
		return nil, err
	}
	var out []Request
	for _, r := range seen[from:] {
		if keep == nil || keep(r) {
			out = append(out, r)
		}
	}
	return out, nil
}

// all is everything that has been answered before the call.
func (a *Audit) all(ctx context.Context) ([]Request, error) {
	if err := a.flush(ctx); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.load()
	return a.seen, err
}

// load reads what is new in the file.
func (a *Audit) load() error {
	f, err := os.Open(a.file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(a.read, io.SeekStart); err != nil {
		return err
	}
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF { //nolint:errorlint // a reader returns it as it is
			return nil // an incomplete line belongs to a later request
		}
		if err != nil {
			return err
		}
		r, err := parse(line)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		a.read += int64(len(line))
		a.seen = append(a.seen, r)
	}
}

// flush makes a request and waits until it is in the log: what was answered before is there then, too.
func (a *Audit) flush(ctx context.Context) error {
	info, err := os.Stat(a.file)
	if err != nil {
		return err
	}
	mark := fmt.Sprintf("/version?mark=%d", time.Now().UnixNano())
	c := a.plane.rest
	if err := c.Get().RequestURI(mark).Do(ctx).Error(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if found, err := contains(a.file, info.Size(), mark); found || err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return ctx.Err()
}

func contains(file string, from int64, text string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return false, err
	}
	all, err := io.ReadAll(f)
	at := bytes.Index(all, []byte(text))
	return at >= 0 && bytes.IndexByte(all[at:], '\n') >= 0, err
}

// event is what we read of an audit.k8s.io/v1 Event.
type event struct {
	Verb, UserAgent, RequestURI string
	User                        struct{ Username string }
	ImpersonatedUser            *struct{ Username string }
	ObjectRef                   struct {
		APIGroup, Resource, Subresource, Namespace, Name string
	}
	ResponseStatus           struct{ Code int32 }
	RequestObject            json.RawMessage
	RequestReceivedTimestamp time.Time
}

func parse(line []byte) (Request, error) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return Request{}, err
	}
	o := e.ObjectRef
	r := Request{
		Verb: e.Verb, User: e.User.Username, UserAgent: e.UserAgent, URI: e.RequestURI,
		Object: Object{o.APIGroup, o.Resource, o.Subresource, o.Namespace, o.Name},
		Code:   e.ResponseStatus.Code, Body: e.RequestObject, Received: e.RequestReceivedTimestamp,
	}
	if e.ImpersonatedUser != nil {
		r.Behind, r.User = r.User, e.ImpersonatedUser.Username
	}
	return r, nil
}
