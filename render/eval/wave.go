// SPDX-License-Identifier: Apache-2.0

package eval

import "github.com/korender/korender/render/program"

// waveOf is the wave in which a step runs: after all gates that it depends on.
func (f *frame) waveOf(s *program.Step) int {
	wave := f.wave
	for _, label := range s.DependsOn {
		if done := f.find(label); done != nil {
			wave = max(wave, done.after)
		}
	}
	return wave
}

// latest is the earliest wave of what depends on all of these.
func latest(steps []stepDone) int {
	after := 0
	for i := range steps {
		after = max(after, steps[i].after)
	}
	return after
}
