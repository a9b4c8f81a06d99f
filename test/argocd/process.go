// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// process is a server that runs until it is killed.
type process struct {
	cmd   *exec.Cmd
	log   *os.File
	done  chan struct{}
	watch io.Closer // nil unless watched
}

// start starts a server, whose output goes into a file of dir. It dies with this process.
func start(dir, name string, env []string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(args[0], args[1:]...), log: log, done: make(chan struct{})}
	p.cmd.Env, p.cmd.Dir = env, dir
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = dieWithParent()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), log.Close())
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(p.done)
	}()
	return p, nil
}

// watched has the server die with this process although it has changed its user, which makes the kernel forget that it
// should: a shell waits for the end of its input, which only this process holds open.
func (p *process) watched() error {
	shell := exec.Command("/bin/sh", "-c", `cat >/dev/null; kill -9 "$1" 2>/dev/null`, "sh", strconv.Itoa(p.cmd.Process.Pid))
	var err error
	if p.watch, err = shell.StdinPipe(); err != nil {
		return err
	}
	if err := shell.Start(); err != nil {
		return err
	}
	go func() { _ = shell.Wait() }() // whether there was still something to kill does not matter
	return nil
}

// kill ends a server at once: argocd-cmp-server does not end when it is asked to.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
	_ = p.log.Close()
	if p.watch != nil {
		_ = p.watch.Close()
	}
}

// said is the log of a server.
func (p *process) said() string {
	text, _ := os.ReadFile(p.log.Name()) // it is for messages only
	return string(text)
}

// until waits for something to become true; a server that ends before is an error with its log.
func (p *process) until(ctx context.Context, what string, ready func() bool) error {
	for !ready() {
		select {
		case <-p.done:
			return fmt.Errorf("%s: the server has ended: %s", what, p.said())
		case <-ctx.Done():
			return fmt.Errorf("%s: %w: %s", what, ctx.Err(), p.said())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// answers tells whether somebody listens.
func answers(network, address string) bool {
	conn, err := net.DialTimeout(network, address, time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// freePort finds a port that nobody uses just now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
