// SPDX-License-Identifier: Apache-2.0

package toolkit

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Process is a program that runs until somebody ends it.
type Process struct {
	Log  string // the file that it writes to
	Temp string // its own folder for temporary files; empty: that of the system
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; set when done is closed
}

var processes atomic.Int32 // that were started, to name their logs

// Launch starts a program and waits for nothing. Its log is a file in dir.
func Launch(dir, binary string, env []string, args ...string) (*Process, error) {
	p := &Process{
		Log:  filepath.Join(dir, fmt.Sprintf("%s-%d.log", filepath.Base(binary), processes.Add(1))),
		cmd:  exec.Command(binary, args...),
		done: make(chan struct{}),
	}
	f, err := os.Create(p.Log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = f, f, dieWithParent()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// Answers waits until a URL answers with 200.
func (p *Process) Answers(ctx context.Context, url string) error {
	for {
		if Get(ctx, url) == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %w\n%s", p.cmd.Path, p.err, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w\n%s", p.cmd.Path, ctx.Err(), p.tail())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Get asks a URL; the error says what was answered instead of 200.
func Get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %s", url, response.Status)
	}
	return nil
}

// Kill ends the process as kill -9 does.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it has ended already, or it ends now
	<-p.done
}

func (p *Process) tail() string {
	text, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// FreeAddress is an address on loopback that nobody listens on.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
