// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// tailLength is how much of a dead server's log an error shows.
const tailLength = 2000

// process is a server that was started.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// start runs a program with its output in a file of dir.
func start(program string, args []string, dir string) (*process, error) {
	name := filepath.Base(program)
	p := &process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(program, args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Dir = dir
	p.cmd.SysProcAttr = dieWithParent()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // that it ended is all there is to know: it was killed, or its log says why
	}()
	return p, nil
}

func (p *process) dead() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failure says how a dead process ended.
func (p *process) failure() error {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %s\n%s", p.name, p.cmd.ProcessState, log[max(0, len(log)-tailLength):])
}

// kill ends the process at once: a polite stop takes many seconds, and nothing of it is kept.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only when it has ended already
	<-p.done
}
