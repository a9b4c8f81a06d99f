// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
)

// programs compiles each program once, whoever runs it, and forgets those that nobody runs. The text is read from the
// API server when it is needed, and kept by nobody.
type programs struct {
	reader client.Reader // not a cache: caches do not hold the texts

	mu       sync.Mutex
	byDigest map[string]*compiled
	used     map[types.UID]string
}

// compiled is a program, or what is wrong with it. The lock is held while it is being compiled.
type compiled struct {
	mu      sync.Mutex
	done    bool
	program *render.Program
	fault   *status.StalledError
	users   int
}

func newPrograms(reader client.Reader) *programs {
	return &programs{reader: reader, byDigest: map[string]*compiled{}, used: map[types.UID]string{}}
}

// of is the program of an instance. A *status.StalledError says that the instance holds none that could be run.
func (p *programs) of(ctx context.Context, w *v1alpha1.WorkflowInstance) (*render.Program, error) {
	c := p.hold(w.UID, w.Spec.Program.Digest)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.done {
		text, err := p.text(ctx, w)
		if err != nil {
			return nil, err
		}
		c.program, c.fault = compile(w.Spec.Program.Digest, text)
		c.done = c.fault == nil || c.fault.Reason != digestMismatch // another instance may hold the right text
	}
	if c.fault != nil {
		return nil, c.fault
	}
	return c.program, nil
}

// hold notes that an instance runs a program, and drops the one that it ran before when nobody else does.
func (p *programs) hold(user types.UID, digest string) *compiled {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, known := p.used[user]
	if known && before != digest {
		p.drop(before)
	}
	c := p.byDigest[digest]
	if c == nil {
		c = &compiled{}
		p.byDigest[digest] = c
	}
	if before != digest {
		c.users++
		p.used[user] = digest
	}
	return c
}

func (p *programs) drop(digest string) {
	if c := p.byDigest[digest]; c != nil {
		if c.users--; c.users <= 0 {
			delete(p.byDigest, digest)
		}
	}
}

// forget notes that an instance is gone.
func (p *programs) forget(user types.UID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if digest, known := p.used[user]; known {
		p.drop(digest)
		delete(p.used, user)
	}
}

func (p *programs) text(ctx context.Context, w *v1alpha1.WorkflowInstance) ([]byte, error) {
	var whole v1alpha1.WorkflowInstance
	if err := p.reader.Get(ctx, client.ObjectKeyFromObject(w), &whole); err != nil {
		return nil, fmt.Errorf("read the program of %s/%s: %w", w.Namespace, w.Name, err)
	}
	return []byte(whole.Spec.Program.Source), nil
}

const digestMismatch = "DigestMismatch"

func compile(digest string, text []byte) (*render.Program, *status.StalledError) {
	if found := render.Digest(text); found != digest {
		return nil, &status.StalledError{
			Reason:  digestMismatch,
			Message: fmt.Sprintf("the text of spec.program has the digest %s, not %s: render and apply it again, unchanged", found, digest),
		}
	}
	program, err := render.CompileProgram("spec.program.source", text)
	if err != nil {
		return nil, &status.StalledError{Reason: "InvalidProgram", Message: "spec.program does not compile: " + err.Error()}
	}
	return program, nil
}
